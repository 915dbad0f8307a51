"""Which step of a build made which layer, and what the step did, in readable words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci.config import ImageConfig
from layerscope.engine.oci.history import History

_NOP = "#(nop)"
_BUILDKIT = "# buildkit"
_NOP_START = re.compile(r"\A[^#]{0,200}#\(nop\)\s*")
# The counts are bounded, as the text is as long as whoever wrote it liked.
_SHELL = re.compile(
    r"(?:/usr)?(?:/bin/)?(?:ba|da|a|z|k)?sh(?: -[a-z]{1,20}(?: pipefail)?){0,8}? -[a-z]{0,20}c\s"
    r"|cmd(?:\.exe)? /S /C\s"
    r"|powershell(?:\.exe)?(?: -[a-z]{1,20}(?: [a-z]{1,20})?){0,8}? -Command\s",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(r"\|(\d{1,4})\s")
_KEYWORD = re.compile(
    r"(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL"
    r"|STOPSIGNAL|USER|VOLUME|WORKDIR)(?:\s+|\Z)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step, a layer, or both.  ``layer`` counts from the bottom, starting at 1, and is None for
    steps that only set metadata; ``history`` is None where no step is recorded for a layer.
    ``certain`` is False where the history does not fit the layers and this row is a guess."""

    history: History | None
    layer: int | None
    certain: bool = True


def pair_history(config: ImageConfig, layer_count: int) -> tuple[Step, ...]:
    """All steps and all layers, oldest first (FORMATS: what others do, what is right).

    Steps that changed files pair with the layers in order.  Where there are more of them than
    layers, "#(nop)" steps other than ADD and COPY are taken for metadata first, as old builders
    forgot to say so.
    """
    history = config.history
    with_files = [not step.empty_layer for step in history]
    if sum(with_files) > layer_count:
        credible = [
            files and not _is_metadata(step.created_by)
            for files, step in zip(with_files, history, strict=True)
        ]
        if sum(credible) == layer_count:
            with_files = credible
    certain = not history or sum(with_files) == layer_count
    return tuple(_paired(history, with_files, layer_count, certain))


def readable_command(created_by: str) -> tuple[str, str]:
    """The Dockerfile keyword and what follows it, without the noise of shells and builders.

    The keyword is "" where the text is no Dockerfile instruction (``docker commit``, Bazel).
    The rest is data: it may hold newlines and control characters.
    """
    text = created_by.strip().removesuffix(_BUILDKIT).strip()
    metadata = _NOP_START.match(text)
    if metadata:
        return _split(text[metadata.end() :], "")
    keyword, rest = _split(text, "")
    if keyword not in ("", "RUN"):
        return keyword, rest
    command, arguments = _without_arguments(rest)
    shell = _SHELL.match(command)
    if shell:
        command = command[shell.end() :].strip()
    return ("RUN" if shell or arguments else keyword), command


def _paired(
    history: Sequence[History], with_files: Sequence[bool], layer_count: int, certain: bool
) -> Iterator[Step]:
    layer = 0
    for step, files in zip(history, with_files, strict=True):
        if files and layer < layer_count:
            layer += 1
            yield Step(step, layer, certain)
        else:
            yield Step(step, None, certain or not files)
    for number in range(layer + 1, layer_count + 1):
        yield Step(None, number, certain)


def _is_metadata(created_by: str) -> bool:
    return _NOP in created_by and readable_command(created_by)[0] not in ("ADD", "COPY")


def _split(text: str, otherwise: str) -> tuple[str, str]:
    match = _KEYWORD.match(text)
    if match is None:
        return otherwise, text.strip()
    return match[1], text[match.end() :].strip()


def _without_arguments(command: str) -> tuple[str, bool]:
    """Drop the build arguments of "|2 A=1 B=2 /bin/sh -c …"; their values may hold spaces, so
    the shell that follows tells where they end."""
    count = _ARGUMENTS.match(command)
    if count is None:
        return command, False
    rest = command[count.end() :]
    shell = re.search(rf"(?:^|\s)(?=/|cmd|powershell)(?:{_SHELL.pattern})", rest, re.IGNORECASE)
    if shell:
        return rest[shell.start() :].strip(), True
    words = rest.split(maxsplit=int(count[1]))
    return (words[-1] if len(words) > int(count[1]) else ""), True
