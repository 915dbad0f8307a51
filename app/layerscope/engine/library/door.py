"""The only door to the engine: one method for each thing that a person can do with images.

The methods load what they need when they are called, because a listing should not have to wait
for the import of an HTTP library, nor hold one in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .ground import Ground

if TYPE_CHECKING:
    from layerscope.engine.content.extraction import Rules
    from layerscope.engine.oci import Digest

    from .passes import Passes
    from .values import (
        Browsable,
        ConnectionTest,
        DiskUse,
        Document,
        FoundRow,
        ImageDetail,
        Listing,
        Loaded,
        Pulled,
        PullPreview,
        Pushed,
        PushPlan,
        RegistryRow,
        Removal,
        RemovalPlan,
        Repaired,
        Settings,
        SignedIn,
        SignedOut,
        TagChange,
        TagRow,
        Verified,
    )
    from .values.giving_back import Exported, Imported, LoadPlan, Saved, SavePlan, TreePlan


def open_library(
    store: Path | None = None, passes: Passes | None = None, plain_http: Iterable[str] = ()
) -> Library:
    """The library over a store folder (None: the one of this user), made if it is not there.

    ``passes`` None runs heavy passes in this process.  ``plain_http`` are hosts to be spoken to
    without TLS, besides those of the settings.  Raises StoreError.
    """
    return Library(Ground.open(store, passes, plain_http))


class Library:
    """What a person can do with images.  Any thread may call any method at any time.

    ``name`` is a reference, an image ID (7 or more hex digits) or a digest, as text; ImageNotFound
    or AmbiguousName if it does not name one image.  All methods raise LayerscopeError for what can
    be explained, and Cancelled within 250 ms of a cancel.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    # Looking

    def images(self, *, task: Task) -> Listing:
        """All images, newest first."""
        from .listing import listing

        return listing(self._ground, task)

    def image(self, name: str, *, task: Task) -> ImageDetail:
        from .details import detail

        return detail(self._ground, name, task)

    def document(self, name: str, which: str, *, task: Task) -> Document:
        """``which`` is index, manifest or config; BlobMissing if it is not stored."""
        from .details import document

        return document(self._ground, name, which)

    def browse(self, name: str, *, task: Task) -> Browsable:
        """The timeline of an image, made first if need be.  Reports a TransferProgress while
        layers are indexed and a Progress while they are merged."""
        from .browsing import browse

        return browse(self._ground, name, task)

    def read_file(
        self, name: str, layer: int, entry: int, offset: int, length: int, *, task: Task
    ) -> bytes:
        """At most ``length`` bytes of the file that ``Row.entry`` names."""
        from .browsing import read_file

        return read_file(self._ground, name, layer, entry, offset, length, task)

    def disk_use(self, *, task: Task) -> DiskUse:
        from .listing import listing

        return listing(self._ground, task).disk

    def verify(self, *, task: Task) -> Verified:
        """Read every blob of the store and compare it with its digest.  Reports Progress."""
        from .checking import verify

        return verify(self._ground, task)

    def repair(self, *, task: Task) -> Repaired:
        """Make a damaged list of images whole: names come from the last good copy, and complete
        images that have lost theirs are listed untagged.  A list that can be read stays as it is.
        StoreReadOnly where nothing may be written."""
        from .checking import repair

        return repair(self._ground, task)

    def generation(self) -> str:
        """Text that differs whenever the listing may differ.  Never raises and takes no time."""
        return self._ground.generation()

    # The far side

    def registries(self, *, task: Task) -> tuple[RegistryRow, ...]:
        from .searching import registries

        return registries(self._ground, task)

    def search(
        self, term: str, registry: str = "docker.io", limit: int = 25, *, task: Task
    ) -> tuple[FoundRow, ...]:
        from .searching import search

        return search(self._ground, term, registry, limit, task)

    def tags(self, repository: str, *, task: Task) -> tuple[TagRow, ...]:
        """In the registry's order; sizes, digests and platforms where the listing tells them."""
        from .searching import tags

        return tags(self._ground, repository, task)

    def tag_details(self, repository: str, tag: str, *, task: Task) -> TagRow:
        from .searching import tag_details

        return tag_details(self._ground, repository, tag, task)

    def preview(self, reference: str, platform: str | None = None, *, task: Task) -> PullPreview:
        """What ``pull`` would fetch."""
        from .previewing import preview

        return preview(self._ground, reference, platform, task)

    def pull(self, reference: str, platform: str | None = None, *, task: Task) -> Pulled:
        """Fetch, verify, index and name an image.  Reports TransferProgress.

        Returns when every layer agrees with the manifest and the config; if one does not, nothing
        is named.  What was received stays for the next try, also after a cancel or a crash.
        """
        from .pulling import pull

        return pull(self._ground, reference, platform, task)

    def pull_all(
        self, repository: str, platform: str | None = None, *, task: Task
    ) -> tuple[Pulled, ...]:
        """Pull every tag of a repository, one after the other."""
        from .pulling import pull_all

        return pull_all(self._ground, repository, platform, task)

    def plan_push(self, name: str, target: str | None = None, *, task: Task) -> PushPlan:
        """What ``push`` would send to ``target`` (None: the name itself), layer by layer, and what
        its tag names now.  Asks the registry, sends nothing."""
        from .planning_push import plan_push

        return plan_push(self._ground, name, target, task)

    def push(self, name: str, target: str | None = None, *, task: Task) -> Pushed:
        """Bring an image into a registry, with all platforms of its index if they are stored.
        Reports TransferProgress.

        The tag is given last, and looked at again; until then nothing changes there.  What has
        arrived whole is not sent again by the next try.  Cannot be undone.
        """
        from .pushing import push

        return push(self._ground, name, target, task)

    def login(
        self, registry: str, user: str, password: str, keep: str = "auto", *, task: Task
    ) -> SignedIn:
        """Sign in, if the registry agrees, and keep the login where ``keep`` (a Keep) says.

        The user ``<token>`` means that the password is an identity token.  Raises SignInNeeded if
        the registry does not agree; nothing is kept then.
        """
        from .signing_in import login
        from .values import Keep

        return login(self._ground, registry, user, password, Keep(keep), task)

    def logout(self, registry: str, *, task: Task) -> SignedOut:
        """Forget the login that ``login`` or ``docker login`` have kept.  Tells of those that
        other programs keep elsewhere, and leaves them alone."""
        from .signing_in import logout

        return logout(self._ground, registry, task)

    def test_registry(self, registry: str, *, task: Task) -> ConnectionTest:
        """Ask a registry whether it is there and lets us in.  Does not raise for what it says."""
        from .signing_in import test_registry

        return test_registry(self._ground, registry, task)

    # Changes

    def plan_load(self, path: str | Path, *, task: Task) -> LoadPlan:
        """What ``load`` would bring: images, names and whom they belong to now, new layers."""
        from .previewing_load import plan_load

        return plan_load(self._ground, Path(path), task)

    def load(
        self,
        path: str | Path,
        skip: Iterable[str] = (),
        keep: Iterable[str] = (),
        *,
        task: Task,
    ) -> tuple[Loaded, ...]:
        """Copy the images of an archive or layout folder into the store, verified and indexed.
        Reports TransferProgress for one image after the other.

        ``skip`` leaves images out, by their keys in the plan; names in ``keep`` stay with the
        image that has them.
        """
        from .loading import Choice, load

        return load(self._ground, Path(path), task, Choice(frozenset(skip), frozenset(keep)))

    def load_sample(self, *, task: Task) -> tuple[Loaded, ...]:
        """Load the small image that comes with the program."""
        from .loading import load_sample

        return load_sample(self._ground, task)

    def import_tar(
        self,
        path: str | Path,
        reference: str,
        platform: str | None = None,
        compression: str | None = None,
        message: str | None = None,
        changes: Sequence[str] = (),
        *,
        task: Task,
    ) -> Imported:
        """Make an image of one layer from the tar of a root file system.

        ``compression`` None keeps gzip and zstd as they come, and gzips the rest; ``changes`` are
        lines as in a Dockerfile.  Honours SOURCE_DATE_EPOCH.  Reports Progress.
        """
        from .importing import import_tar

        return import_tar(
            self._ground, Path(path), reference, platform, compression, message, changes, task
        )

    def tag(self, source: str, target: str, *, task: Task) -> TagChange:
        from .changing import tag

        return tag(self._ground, source, target, task)

    def untag(self, reference: str, *, task: Task) -> Removal:
        """Take one name away; its image stays, untagged if that was the last one."""
        from .changing import untag

        return untag(self._ground, reference, task)

    def plan_removal(
        self,
        names: str | Sequence[str],
        keep_untagged: bool = False,
        force: bool = False,
        *,
        task: Task,
    ) -> RemovalPlan:
        """What removing these would take, in the manner of ``docker rmi``.

        A reference gives up that name, and its image too if that was the last one, unless
        ``keep_untagged``.  An ID or digest takes the image with all its names; InUse if it has
        several, unless ``force``.
        """
        from .planning import plan_removal

        asked = (names,) if isinstance(names, str) else tuple(names)
        _plan, told = plan_removal(self._ground, asked, keep_untagged, force)
        return told

    def plan_prune(
        self,
        all_unused: bool = False,
        older_than_days: float | None = None,
        unchecked: Iterable[Digest] = frozenset(),
        *,
        task: Task,
    ) -> RemovalPlan:
        """What a prune would take: images without a name, or all that nothing uses."""
        from .planning import plan_prune

        _plan, told = plan_prune(self._ground, all_unused, older_than_days, frozenset(unchecked))
        return told

    def apply(self, plan: RemovalPlan, *, task: Task) -> Removal:
        """Do exactly what the plan says; StoreChanged if the store moved since it was made."""
        from .changing import apply

        return apply(self._ground, plan, task)

    def undo(self, *, task: Task) -> Removal:
        """Take the last tag, untag, removal or prune back; NothingToUndo if there is none.  The
        answer tells what came back; ``reclaimed`` is negative."""
        from .changing import undo

        return undo(self._ground, task)

    # Giving back

    def plan_save(
        self, names: str | Sequence[str], format: str = "docker-archive", *, task: Task
    ) -> SavePlan:
        """What ``save`` will write: images, layers, shared layers, bytes; reads no layer."""
        from .saving import plan_save
        from .values.giving_back import SaveFormat

        return plan_save(self._ground, _several(names), SaveFormat(format), task)

    def save(
        self,
        names: str | Sequence[str],
        target: str | Path,
        format: str = "docker-archive",
        *,
        task: Task,
    ) -> Saved:
        """Write images into one archive (packed, if ``target`` ends in .gz or .zst) or, for
        oci-dir, a new folder; whole or absent.  Reports Progress."""
        from .saving import save
        from .values.giving_back import SaveFormat

        return save(self._ground, _several(names), Path(target), SaveFormat(format), task)

    def save_stream(
        self,
        names: str | Sequence[str],
        write: Callable[[bytes | memoryview], object],
        format: str = "docker-archive",
        *,
        task: Task,
    ) -> Saved:
        """Like ``save``, to whatever takes the bytes; what was written before a failure is void."""
        from .saving import save_stream
        from .values.giving_back import SaveFormat

        return save_stream(self._ground, _several(names), write, SaveFormat(format), task)

    def plan_export(
        self, name: str, as_of: int | None = None, folder: str | None = None, *, task: Task
    ) -> TreePlan:
        """What ``export`` will write, and what a folder cannot keep of it.  ``folder`` is looked
        into for what is there already."""
        from .exporting import plan_export

        return plan_export(self._ground, name, as_of, folder, task)

    def export(
        self,
        name: str,
        target: str | Path,
        as_of: int | None = None,
        *,
        overwrite: bool = False,
        keep_setuid: bool = False,
        keep_owners: bool | None = None,
        task: Task,
    ) -> Exported:
        """The merged file system of layers 1 to ``as_of`` as a tar, if ``target`` ends like one or
        is a file, else in a folder.

        A tar is whole or absent and holds everything.  A folder gets no devices, and setuid bits
        and what is there already only as the options say; owners (None: if this is root).  Every
        difference is told.  Reports Progress in bytes of content.
        """
        from .exporting import export

        rules = _rules(overwrite, keep_setuid, keep_owners)
        return export(self._ground, name, str(target), as_of, rules, task)

    def export_stream(
        self,
        name: str,
        write: Callable[[bytes | memoryview], object],
        as_of: int | None = None,
        *,
        task: Task,
    ) -> Exported:
        from .exporting import export_stream

        return export_stream(self._ground, name, write, as_of, task)

    def export_layer(
        self, name: str, layer: int, target: str | Path, raw: bool = False, *, task: Task
    ) -> Exported:
        """One layer as the tar inside it or, ``raw``, as it is stored, into a file."""
        from .exporting import export_layer

        return export_layer(self._ground, name, layer, Path(target), raw, task)

    def layer_stream(
        self,
        name: str,
        layer: int,
        write: Callable[[bytes | memoryview], object],
        raw: bool = False,
        *,
        task: Task,
    ) -> Exported:
        from .exporting import layer_stream

        return layer_stream(self._ground, name, layer, write, raw, task)

    def plan_extract(
        self,
        name: str,
        paths: Sequence[bytes],
        folder: str | None = None,
        as_of: int | None = None,
        layer: int | None = None,
        *,
        task: Task,
    ) -> TreePlan:
        from .extracting import plan_extract

        return plan_extract(self._ground, name, paths, folder, as_of, layer, task)

    def extract(
        self,
        name: str,
        paths: Sequence[bytes],
        folder: str | Path,
        as_of: int | None = None,
        layer: int | None = None,
        *,
        overwrite: bool = False,
        keep_setuid: bool = False,
        keep_owners: bool | None = None,
        task: Task,
    ) -> Exported:
        """Files and folders with all that is in them, each under its last name in ``folder``.

        ``layer``: only what this layer stores.  Options as for ``export``.  Raises PathNotFound
        before anything is written.
        """
        from .extracting import extract

        rules = _rules(overwrite, keep_setuid, keep_owners)
        return extract(self._ground, name, paths, Path(folder), as_of, layer, rules, task)

    # Settings

    def settings(self, *, task: Task) -> Settings:
        return self._ground.settings

    def change_settings(self, settings: Settings, *, task: Task) -> Settings:
        """Write the settings and obey them from now on."""
        self._ground.change_settings(settings)
        return settings


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _rules(overwrite: bool, keep_setuid: bool, keep_owners: bool | None) -> Rules:
    from layerscope.engine.content.extraction import Rules

    return Rules(overwrite, keep_setuid, keep_owners)
