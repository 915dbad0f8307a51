"""The grammar of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from layerscope import __version__

if TYPE_CHECKING:
    # The class is generic and private in argparse; this name is for annotations only.
    Commands = argparse._SubParsersAction["_Parser"]

_IMAGE = "a reference, an image ID (7 or more digits) or a digest"


class Usage(Exception):
    """The command line cannot be read; the sentence says why."""


class _Parser(argparse.ArgumentParser):
    """One sentence for a usage error, instead of the whole synopsis."""

    def error(self, message: str) -> NoReturn:
        raise Usage(f"{message[:1].upper()}{message[1:]}. Try `{self.prog} --help`.")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Raises Usage, or SystemExit after --help and --version.

    ``command`` is None when the window is meant.
    """
    options = _parser().parse_args(arguments)
    if options.command is None and options.limits:
        raise Usage("--limit goes with a command; the window obeys the limits of the settings.")
    return options


def _parser() -> _Parser:
    top = _Parser(
        prog="layerscope",
        description="Container images without a daemon. Without a command, the window opens.",
        epilog="Exit status: 0 done, 1 it did not work and standard error says why, 2 usage, "
        "130 interrupted by Ctrl+C, 141 nobody reads the answer any more.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"layerscope {__version__}")
    _everywhere(top)
    top.add_argument(
        "--limit",
        dest="limits",
        metavar="NAME=VALUE",
        action="append",
        type=_limit,
        default=[],
        help="raise or lower a limit that `layerscope limits` lists; may be repeated",
    )
    top.set_defaults(store=None, json=False, plain_http=[])
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _names_and_registries(commands)
    _signing_in(commands)
    _images(commands)
    _contents(commands)
    _giving_back(commands)
    _changes(commands)
    return top


def _names_and_registries(commands: Commands) -> None:
    reference = _command(commands, "reference", "Take a reference apart.")
    reference.add_argument("text", metavar="TEXT")
    search = _command(commands, "search", "Find repositories in a registry.")
    search.add_argument("term", metavar="TERM")
    search.add_argument("--registry", metavar="HOST", default="docker.io")
    search.add_argument("--limit", metavar="N", type=_positive, default=25)
    tags = _command(commands, "tags", "List the tags of a repository.")
    tags.add_argument("repository", metavar="REPOSITORY")
    pull = _command(commands, "pull", "Fetch, verify and index an image.")
    pull.add_argument("reference", metavar="REF")
    pull.add_argument("-a", "--all-tags", action="store_true", help="every tag of the repository")
    pull.add_argument("--platform", metavar="P", help="os[/arch[/variant]]; default: this machine")
    load = _command(commands, "load", "Copy the images of an archive or layout into the store.")
    load.add_argument("path", metavar="PATH", type=Path)
    load.add_argument("--dry-run", action="store_true", help="say what would come")
    push = _command(commands, "push", "Bring an image into a registry.")
    push.add_argument("image", metavar="IMAGE", help=_IMAGE)
    push.add_argument(
        "target", metavar="TARGET", nargs="?", help="HOST/REPOSITORY:TAG; default: IMAGE"
    )
    push.add_argument("--dry-run", action="store_true", help="say what would be sent")


def _signing_in(commands: Commands) -> None:
    login = _command(commands, "login", "Sign in to a registry, if it agrees, and keep the login.")
    logout = _command(commands, "logout", "Forget the login for a registry.")
    for each in (login, logout):
        each.add_argument("registry", metavar="HOST")
    login.add_argument("-u", "--user", "--username", metavar="USER")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    login.add_argument(
        "--plain-text",
        action="store_true",
        help="keep it unencrypted in docker's config.json, instead of in a helper or keyring",
    )
    login.add_argument("-p", "--password", nargs="?", const="", help=argparse.SUPPRESS)
    registries = _command(commands, "registries", "List the registries, or say how to reach one.")
    registries.add_argument("--test", action="store_true", help="ask each whether it lets us in")
    actions = registries.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    change = _command(actions, "set", "Add a registry, or change how it is spoken to.")
    remove = _command(actions, "remove", "Take a registry out of the list.")
    for each in (change, remove):
        each.add_argument("registry", metavar="HOST")
    mirrors = change.add_mutually_exclusive_group()
    mirrors.add_argument(
        "--mirror",
        metavar="HOST[/PATH]",
        action="append",
        help="ask it first when pulling; repeated in the order to ask; replaces all earlier ones",
    )
    mirrors.add_argument("--no-mirrors", action="store_true", help="ask only the registry itself")
    authority = change.add_mutually_exclusive_group()
    authority.add_argument("--ca-file", metavar="FILE", help="trust these certificates there, too")
    authority.add_argument("--no-ca-file", action="store_true", help="trust only the system's")
    servers = change.add_mutually_exclusive_group()
    servers.add_argument(
        "--token-server",
        metavar="HOST",
        action="append",
        help="let this other host see its logins, as the registry asks; may be repeated",
    )
    servers.add_argument("--no-token-servers", action="store_true", help="only itself may see them")
    change.add_argument("--tls", choices=("yes", "no"), help="no: plain HTTP, nothing is encrypted")
    logins = _command(actions, "logins", "List the logins of docker and podman, without secrets.")
    logins.add_argument(
        "--copy",
        metavar="HOST",
        action="append",
        help="copy its login to the system's keyring; may be repeated",
    )
    logins.add_argument("--from", dest="source", metavar="FILE", help="the file to copy it from")


def _images(commands: Commands) -> None:
    images = _command(commands, "images", "List the images of the store.")
    images.add_argument("-a", "--all", action="store_true", help="as docker has it; all are listed")
    images.add_argument("-q", "--quiet", action="store_true", help="image IDs only")
    layers = _command(commands, "layers", "List the layers of an image, bottom first.")
    history = _command(commands, "history", "List the steps that made an image, newest first.")
    inspect = _command(commands, "inspect", "Show what is known about an image.")
    for each in (layers, history, inspect):
        each.add_argument("image", metavar="IMAGE", help=_IMAGE)
    inspect.add_argument(
        "--raw",
        choices=("index", "manifest", "config"),
        help="the bytes of one document, exactly as stored",
    )


def _contents(commands: Commands) -> None:
    files = _command(commands, "files", "List files, with the layer that each comes from.")
    trace = _command(commands, "trace", "Show what each layer has for a path, top first.")
    cat = _command(commands, "cat", "Write the bytes of a file to standard output.")
    for each in (files, trace, cat):
        each.add_argument("image", metavar="IMAGE", help=_IMAGE)
    files.add_argument("path", metavar="PATH", nargs="?", default="/")
    files.add_argument(
        "--as-of", metavar="N", type=_positive, help="look from layer N down; default: all layers"
    )
    files.add_argument("--layer", metavar="N", type=_positive, help="only what layer N stores")
    files.add_argument("--recursive", action="store_true", help="everything below PATH")
    trace.add_argument("path", metavar="PATH")
    cat.add_argument("path", metavar="PATH")
    cat.add_argument("--layer", metavar="N", type=_positive, help="the copy that layer N stores")


def _giving_back(commands: Commands) -> None:
    import_ = _command(commands, "import", "Make an image from the tar of a root file system.")
    import_.add_argument("path", metavar="TAR", type=Path)
    import_.add_argument("reference", metavar="REF")
    import_.add_argument("--platform", metavar="P", help="os[/arch[/variant]]; default: this one")
    import_.add_argument(
        "--compression",
        choices=("gzip", "zstd", "none"),
        help="of the layer; default: as the tar comes, or gzip",
    )
    import_.add_argument("-m", "--message", metavar="TEXT", help="what the history says")
    import_.add_argument(
        "-c",
        "--change",
        metavar="LINE",
        action="append",
        default=[],
        help='as in a Dockerfile: CMD ["sh"], ENV KEY=value, USER app …; may be repeated',
    )
    save = _command(commands, "save", "Write images into an archive that other tools load.")
    save.add_argument("images", metavar="REF", nargs="+", help=_IMAGE)
    save.add_argument("-o", "--output", metavar="FILE", required=True, help="- for standard output")
    save.add_argument(
        "--format", choices=("docker-archive", "oci-archive", "oci-dir"), default="docker-archive"
    )
    export = _command(commands, "export", "Write the merged file system to a tar or a folder.")
    extract = _command(commands, "extract", "Write files and folders of an image into a folder.")
    for each in (export, extract):
        each.add_argument("image", metavar="IMAGE", help=_IMAGE)
    extract.add_argument("paths", metavar="PATH", nargs="+")
    extract.add_argument("--to", metavar="DIR", required=True)
    extract.add_argument("--layer", metavar="N", type=_positive, help="only what layer N stores")
    export.add_argument(
        "--to",
        metavar="TAR|DIR",
        required=True,
        help="a name that ends in .tar, .tar.gz or .tar.zst is a tar; - is standard output",
    )
    export.add_argument("--layer", metavar="N", type=_positive, help="layer N alone, as its tar")
    export.add_argument("--raw", action="store_true", help="with --layer: the blob as it is stored")
    for each in (export, extract):
        each.add_argument(
            "--as-of", metavar="N", type=_positive, help="layers 1 to N; default: all layers"
        )
        each.add_argument(
            "--overwrite", action="store_true", help="replace files that are in the folder already"
        )
        each.add_argument(
            "--keep-setuid", action="store_true", help="keep setuid, setgid and capabilities"
        )
        each.add_argument(
            "--no-owners", action="store_true", help="as root: let all files belong to root"
        )


def _changes(commands: Commands) -> None:
    tag = _command(commands, "tag", "Give an image another name.")
    tag.add_argument("source", metavar="SOURCE", help=_IMAGE)
    tag.add_argument("target", metavar="TARGET")
    rmi = _command(commands, "rmi", "Take names away, and images that have no other name.")
    rmi.add_argument("-f", "--force", action="store_true", help="an ID with all its names")
    rmi.add_argument("images", metavar="REF", nargs="+", help=_IMAGE)
    prune = _command(commands, "prune", "Remove untagged images.")
    prune.add_argument("-a", "--all", action="store_true", help="also images that nothing uses")
    prune.add_argument("--dry-run", action="store_true", help="say what would go")
    prune.add_argument("-y", "--yes", action="store_true", help="do not ask")
    _command(commands, "undo", "Take the last removal, prune or tag back.")
    _command(commands, "redo", "Do once more what the last undo took back.")
    trash = _command(
        commands, "trash", "List what was removed and is still stored, or bring it back."
    )
    doing = trash.add_mutually_exclusive_group()
    doing.add_argument("--restore", metavar="OPERATION", help="bring back what it removed")
    doing.add_argument(
        "--empty", metavar="OPERATION", nargs="*", help="delete for good; default: everything"
    )
    trash.add_argument("-y", "--yes", action="store_true", help="do not ask")
    verify = _command(commands, "verify", "Compare every stored byte with its digest.")
    verify.add_argument("--repair", action="store_true", help="mend a damaged index.json first")
    _command(commands, "df", "Show the store's disk use.")
    _command(commands, "limits", "List what content may cost before reading it stops.")


def _command(commands: Commands, name: str, what: str) -> _Parser:
    parser = commands.add_parser(name, help=what, description=what, allow_abbrev=False)
    _everywhere(parser)
    return parser


def _everywhere(parser: _Parser) -> None:
    """Options that may stand before or after the command; the later one wins."""
    absent = argparse.SUPPRESS
    parser.add_argument(
        "--store", metavar="DIR", type=_folder, default=absent, help="the folder of the image store"
    )
    parser.add_argument("--json", action="store_true", default=absent, help="JSON on stdout")
    parser.add_argument(
        "--plain-http",
        metavar="HOST",
        action="append",
        default=absent,
        help="speak to this registry without TLS; may be repeated",
    )


def _folder(text: str) -> Path:
    if not text:  # a script's unset variable must not mean the folder one happens to be in
        raise argparse.ArgumentTypeError("no folder is named")
    return Path(text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 upwards")
    return int(text)


def _limit(text: str) -> tuple[str, int]:
    from layerscope.engine.content.limits import parsed

    try:
        return parsed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
