"""Final answers that are not what was asked for, in words (FORMATS 3.8, UX 5)."""

from __future__ import annotations

import time

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    DigestMismatch,
    LayerscopeError,
    NotARegistry,
    RateLimited,
    RegistryError,
    RegistryRefused,
    RepositoryNotFound,
    SignInNeeded,
)
from layerscope.engine.oci import Digest, strict_json
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.patience import LONGEST_WAIT, TRANSIENT, retry_after
from layerscope.engine.registry.rate import RateLimit

ERROR_LIMIT = 64 * 1024
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a registry says about a failure: its own code and words, either may be empty."""

    code: str = ""
    message: str = ""

    @property
    def not_found(self) -> bool:
        """Harbor and redhat disguise it as UNKNOWN."""
        return self.code in {"NAME_UNKNOWN", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"} or (
            self.code == "UNKNOWN" and "not found" in self.message.lower()
        )


def complaint(answer: Answer) -> Complaint:
    """The body of an error answer, however it is shaped; never raises for what is in it."""
    try:
        body = answer.read(ERROR_LIMIT, "an error")
    except RegistryError:
        return Complaint()
    return parsed_complaint(body)


def parsed_complaint(body: bytes) -> Complaint:
    try:
        document = strict_json.loads(body, "The error")
    except LayerscopeError:
        text = body[:_SHOWN].decode("utf-8", "replace").strip()
        return Complaint(message="" if text.startswith("<") else _line(text))
    if not isinstance(document, dict):
        return Complaint()
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else document
    if not isinstance(first, dict):
        return Complaint()
    code = first.get("code")
    words = first.get("message") or first.get("details") or first.get("detail") or ""
    return Complaint(
        code[:64] if isinstance(code, str) else "",
        _line(words) if isinstance(words, str) else "",
    )


def transient(error: RegistryError) -> bool:
    """Whether the same request may well succeed a moment later."""
    return bool(getattr(error, "transient", False))


def asked_wait(error: RegistryError) -> float | None:
    """The seconds that the server asked us to wait, if it did."""
    wait = getattr(error, "wait", None)
    return wait if isinstance(wait, float) else None


def refusal(
    answer: Answer,
    said: Complaint,
    repository: str,
    *,
    signed_in: bool = False,
    note: str = "",
    pushes: bool = False,
) -> RegistryError:
    """The error for a final status of 400 and above.  ``note`` is put before the hint; ``pushes``
    says what was being done."""
    registry = answer.registry
    status = answer.status
    where = f"{registry}/{repository}" if repository else registry
    if status == 429:
        return rate_limited(answer)
    if status in {401, 403} or (status == 404 and said.code == "DENIED"):
        return sign_in_needed(registry, repository, signed_in=signed_in, note=note, pushes=pushes)
    if status == 404 and pushes:
        return RepositoryNotFound(
            f"{registry} has no repository {repository} to push to.",
            hint=f"{note} Some registries want it to be made first, on their web page.".strip(),
            registry=registry,
            repository=repository,
        )
    if status == 404:
        return RepositoryNotFound(
            f"No repository {repository} on {registry}." if repository else f"{where}: not found.",
            hint=f"{note} Private repositories also look like this until you sign in.".strip(),
            registry=registry,
            repository=repository,
        )
    return refused(answer, said, where)


def refused(answer: Answer, said: Complaint, who: str) -> RegistryRefused:
    """The error for a status that says nothing in particular; ``who`` gave it."""
    return RegistryRefused(
        f"{who} answered {answer.status}. {said.message}".rstrip(),
        hint="The registry is not well; try again later."
        if answer.status >= 500
        else "The registry did not accept the request.",
        registry=answer.registry,
        status=answer.status,
        transient=answer.status in TRANSIENT,
        wait=retry_after(answer.headers.get("Retry-After")),
    )


def sign_in_needed(
    registry: str, repository: str, *, signed_in: bool = False, note: str = "", pushes: bool = False
) -> SignInNeeded:
    what = deed(repository, pushes) if repository else "use this registry"
    if signed_in:
        sentence = f"{registry} does not let the stored sign-in {what}."
        hint = "Sign in again, or ask the owner of the repository for access."
    else:
        sentence = f"Sign in to {what}. {registry} did not allow anonymous access."
        hint = f"{'' if pushes else 'It may also not exist. '}{how_to_sign_in(registry)}"
    return SignInNeeded(
        sentence, hint=f"{note} {hint}".strip(), registry=registry, repository=repository
    )


def deed(repository: str, pushes: bool) -> str:
    return f"push to {repository}" if pushes else f"pull {repository}"


def how_to_sign_in(registry: str) -> str:
    return f"Sign in with `layerscope login {registry}`; logins of docker and podman are used too."


def rate_limited(answer: Answer) -> RateLimited:
    """``reset`` from Retry-After, or from Docker Hub's own header (a Unix time).  Worth another
    try only if it resets within a minute."""
    reset = reset_time(answer)
    wait = retry_after(answer.headers.get("Retry-After"))
    limit = RateLimit.of(answer.headers)
    used_up = limit is not None and limit.remaining == 0
    when = f" It resets {_moment(reset)}." if reset else ""
    return RateLimited(
        f"The pull limit of {answer.registry} is reached.{when}",
        hint="Signing in raises the limit.",
        registry=answer.registry,
        reset=reset,
        transient=wait <= LONGEST_WAIT if wait is not None else not used_up and not reset,
        wait=wait,
    )


def _moment(when: float) -> str:
    """In local time, with the day unless that is today."""
    moment = time.localtime(when)
    today = moment[:3] == time.localtime()[:3]
    return time.strftime("at %H:%M" if today else "on %Y-%m-%d at %H:%M", moment)


def reset_time(answer: Answer) -> float:
    """When a limited registry will answer again, as Unix time; 0 if it does not say."""
    wait = retry_after(answer.headers.get("Retry-After"))
    if wait is not None:
        return time.time() + min(wait, 366 * 86400)
    for name in ("X-Retry-After", "X-RateLimit-Reset"):
        value = answer.headers.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) == 10:
            return float(value)
    return 0.0


def not_a_registry(registry: str, why: str) -> NotARegistry:
    return NotARegistry(
        f"{registry} does not answer like a registry. {why}",
        hint="Check the name. A sign-in page of the network may also be in the way.",
        registry=registry,
    )


def mismatch(registry: str, what: str, expected: Digest, body: bytes) -> DigestMismatch:
    """The error for bytes that came whole and are not what was asked for; ``what`` begins its
    sentence."""
    hasher = expected.hasher()
    hasher.update(body)
    received = Digest(expected.algorithm, hasher.hexdigest())
    return DigestMismatch(
        f"{what} arrived damaged from {registry}.",
        hint=f"Expected {expected}, received {received}. It was discarded, nothing was changed.",
        registry=registry,
        expected=str(expected),
        received=str(received),
    )


def _line(text: str) -> str:
    """One short line without control characters."""
    clean = " ".join(text.split())
    clean = "".join(char for char in clean if char.isprintable())
    return clean if len(clean) <= _SHOWN else f"{clean[: _SHOWN - 1]}…"
