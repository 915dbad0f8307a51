"""Asks registries what there is: repositories, tags, and what they can tell at all."""

from __future__ import annotations

from layerscope.engine.errors import MalformedReference
from layerscope.engine.oci import Index, Reference
from layerscope.engine.registry import Tag, sorted_tags
from layerscope.engine.task import Task

from .ground import Ground
from .remote import make_mirrors
from .values import FoundRow, RegistryRow, RegistryState, Searching, TagRow

_TITLES = {
    "docker.io": "Docker Hub",
    "quay.io": "Quay",
    "ghcr.io": "GitHub",
    "gcr.io": "Google",
    "mcr.microsoft.com": "Microsoft",
    "public.ecr.aws": "Amazon",
    "registry.gitlab.com": "GitLab",
}


def registries(ground: Ground, task: Task) -> tuple[RegistryRow, ...]:
    """Those of the settings, in their order, those that images of the store came from, and those
    that are mirrors."""
    hosts = dict.fromkeys(ground.settings.registries)
    for image in ground.catalogue.images():
        hosts |= dict.fromkeys(Reference.parse(name).registry for name in image.names)
    known = len(hosts)
    for mirrors in make_mirrors(ground.settings.mirrors).values():
        hosts |= dict.fromkeys(mirror.host for mirror in mirrors)
    return tuple(
        _registry(ground, host, task, only_mirror=place >= known)
        for place, host in enumerate(hosts)
    )


def search(
    ground: Ground, term: str, registry: str, limit: int, task: Task
) -> tuple[FoundRow, ...]:
    found = ground.registries.search(registry, term, limit, task)
    return tuple(
        FoundRow(
            name=each.name if registry == "docker.io" else f"{registry}/{each.name}",
            description=each.description,
            stars=each.stars,
            pulls=each.pulls,
            official=each.official,
        )
        for each in found
    )


def tags(ground: Ground, repository: str, task: Task) -> tuple[TagRow, ...]:
    reference = _repository(repository)
    pages = ground.registries.client(reference.registry).tags(reference.repository, task)
    return tuple(_tag(tag) for tag in sorted_tags(tag for page in pages for tag in page))


def tag_details(ground: Ground, repository: str, tag: str, task: Task) -> TagRow:
    reference = _repository(repository).with_tag(tag)
    document = ground.registries.supplier(reference.registry).resolve(reference, task).document
    if isinstance(document, Index):
        offered = [each for each in document.manifests if not each.is_attestation]
        return TagRow(
            tag=tag,
            digest=document.digest,
            platforms=tuple(str(each.platform) for each in offered if each.platform is not None),
        )
    return TagRow(
        tag=tag,
        size=document.config.size + sum(layer.size for layer in document.layers),
        digest=document.digest,
    )


def _registry(ground: Ground, host: str, task: Task, *, only_mirror: bool) -> RegistryRow:
    capability = ground.registries.capability(host)
    client = ground.registries.client(host)
    found = client.session.finding("", task)
    state = RegistryState.ANONYMOUS
    if found.login is not None:
        state = RegistryState.SIGNED_IN
    elif found.warnings:
        state = RegistryState.FAILING
    bare = host.rpartition(":")[0] or host
    settings = ground.settings
    mirrors = make_mirrors(settings.mirrors)
    return RegistryRow(
        host=host,
        title=_TITLES.get(host, host),
        searching=Searching(capability.ability.value),
        words=capability.words,
        signed_in_as=client.signed_in_as(task),
        state=state,
        login_source="" if found.login is None else found.login.source,
        ca_file=settings.ca_files.get(host, settings.ca_files.get(bare, "")),
        plain_http=host in ground.plain_http or bare in ground.plain_http,
        note=" ".join(found.warnings),
        mirrors=tuple(map(str, mirrors.get(host, ()))),
        mirror_of=tuple(
            name for name, each in mirrors.items() if host in {mirror.host for mirror in each}
        ),
        listed=host in settings.registries,
        only_mirror=only_mirror,
        token_servers=tuple(settings.token_servers.get(host, ())),
    )


def _repository(text: str) -> Reference:
    """A repository is written like a reference without tag; a tag is let pass and ignored."""
    reference = Reference.parse(text)
    if reference.digest is not None:
        raise MalformedReference(
            f"{reference.familiar} is one image, not a repository.",
            hint=f"The repository is {reference.name}.",
            code="format",
            text=text,
            suggestion=reference.name,
        )
    return reference


def _tag(tag: Tag) -> TagRow:
    return TagRow(
        tag=tag.name,
        size=tag.size,
        digest=tag.digest,
        updated=tag.updated,
        platforms=tuple(map(str, tag.platforms)),
    )
