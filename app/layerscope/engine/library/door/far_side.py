"""Registries: what they have, and who we are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .floor import Floor

if TYPE_CHECKING:
    from layerscope.engine.library.values import (
        ConnectionTest,
        CopiedLogins,
        FoundRow,
        LoginPlaces,
        NotedLogins,
        Pulled,
        PullPreview,
        Pushed,
        PushPlan,
        RegistryRow,
        Settings,
        SignedIn,
        SignedOut,
        TagRow,
    )


class FarSide(Floor):
    """Asks registries, and brings images from and to them."""

    def registries(self, *, task: Task) -> tuple[RegistryRow, ...]:
        """Those of the settings in their order, then those that images of the store came from, then
        those that are only mirrors.  Asks no registry."""
        from layerscope.engine.library.searching import registries

        return registries(self._ground, task)

    def search(
        self, term: str, registry: str = "docker.io", limit: int = 25, *, task: Task
    ) -> tuple[FoundRow, ...]:
        """Repositories that fit ``term``, best first, at most ``limit``.  A registry that cannot
        search is listed instead; SearchUnsupported if it cannot do that either."""
        from layerscope.engine.library.searching import search

        return search(self._ground, term, registry, limit, task)

    def tags(self, repository: str, *, task: Task) -> tuple[TagRow, ...]:
        """In the registry's order; sizes, digests and platforms where the listing tells them."""
        from layerscope.engine.library.searching import tags

        return tags(self._ground, repository, task)

    def tag_details(self, repository: str, tag: str, *, task: Task) -> TagRow:
        """Size, digest and platforms of one tag, by fetching its manifest.  The size is that of a
        download; None for an index, whose platforms differ.  TagNotFound if there is none."""
        from layerscope.engine.library.searching import tag_details

        return tag_details(self._ground, repository, tag, task)

    def preview(self, reference: str, platform: str | None = None, *, task: Task) -> PullPreview:
        """What ``pull`` would fetch."""
        from layerscope.engine.library.previewing import preview

        return preview(self._ground, reference, platform, task)

    def pull(self, reference: str, platform: str | None = None, *, task: Task) -> Pulled:
        """Fetch, verify, index and name an image.  Reports TransferProgress.

        Returns when every layer agrees with the manifest and the config; if one does not, nothing
        is named.  What was received stays for the next try, also after a cancel or a crash.
        """
        from layerscope.engine.library.pulling import pull

        return pull(self._ground, reference, platform, task)

    def pull_all(
        self, repository: str, platform: str | None = None, *, task: Task
    ) -> tuple[Pulled, ...]:
        """Pull every tag of a repository, one after the other."""
        from layerscope.engine.library.pulling import pull_all

        return pull_all(self._ground, repository, platform, task)

    def plan_push(self, name: str, target: str | None = None, *, task: Task) -> PushPlan:
        """What ``push`` would send to ``target`` (None: the name itself), layer by layer, and what
        its tag names now.  Asks the registry, sends nothing."""
        from layerscope.engine.library.planning_push import plan_push

        return plan_push(self._ground, name, target, task)

    def push(self, name: str, target: str | None = None, *, task: Task) -> Pushed:
        """Bring an image into a registry, with all platforms of its index if they are stored.
        Reports TransferProgress.

        The tag is given last, and looked at again; until then nothing changes there.  What has
        arrived whole is not sent again by the next try.  Cannot be undone.
        """
        from layerscope.engine.library.pushing import push

        return push(self._ground, name, target, task)

    def login(
        self, registry: str, user: str, password: str, keep: str = "auto", *, task: Task
    ) -> SignedIn:
        """Sign in, if the registry agrees, and keep the login where ``keep`` (a Keep) says.

        The user ``<token>`` means that the password is an identity token.  Raises SignInNeeded if
        the registry does not agree; nothing is kept then.
        """
        from layerscope.engine.library.signing_in import login
        from layerscope.engine.library.values import Keep

        return login(self._ground, registry, user, password, Keep(keep), task)

    def logout(self, registry: str, *, task: Task) -> SignedOut:
        """Forget the login that ``login`` or ``docker login`` have kept.  Tells of those that
        other programs keep elsewhere, and leaves them alone."""
        from layerscope.engine.library.signing_in import logout

        return logout(self._ground, registry, task)

    def test_registry(self, registry: str, *, task: Task) -> ConnectionTest:
        """Ask a registry whether it is there and lets us in.  Does not raise for what it says."""
        from layerscope.engine.library.signing_in import test_registry

        return test_registry(self._ground, registry, task)

    def configure_registry(
        self,
        registry: str,
        *,
        plain_http: bool | None = None,
        ca_file: str | None = None,
        mirrors: Sequence[str] | None = None,
        token_servers: Sequence[str] | None = None,
        task: Task,
    ) -> Settings:
        """Say how a registry is spoken to, and offer it from now on; None leaves as it is, what is
        empty takes away.  ``token_servers`` may see its logins.  Raises BadInput for what cannot
        be; nothing is changed then."""
        from layerscope.engine.library.configuring import configure_registry

        return configure_registry(
            self._ground, registry, plain_http, ca_file, mirrors, token_servers, task
        )

    def allow_token_server(self, registry: str, server: str, *, task: Task) -> Settings:
        """Let one more host see the logins for a registry, which has asked for that (SignInNeeded
        names it)."""
        from layerscope.engine.library.configuring import allow_token_server

        return allow_token_server(self._ground, registry, server, task)

    def remove_registry(self, registry: str, *, task: Task) -> Settings:
        """Offer a registry no more, and forget how it is spoken to.  Its login and the images that
        came from it stay.  Raises BadInput if it is not in the list."""
        from layerscope.engine.library.configuring import remove_registry

        return remove_registry(self._ground, registry, task)

    def login_places(self, registry: str, *, task: Task) -> LoginPlaces:
        """Where ``login`` would keep a login.  Raises BadInput if docker's file is damaged."""
        from layerscope.engine.library.copying_logins import login_places

        return login_places(self._ground, registry, task)

    def noted_logins(self, *, task: Task) -> NotedLogins:
        """The logins that docker and podman keep, without their secrets.  Reads their files and
        asks their helpers; changes nothing."""
        from layerscope.engine.library.copying_logins import noted_logins

        return noted_logins(self._ground, task)

    def copy_logins(
        self, chosen: Iterable[tuple[str, str]], keep: str = "auto", *, task: Task
    ) -> CopiedLogins:
        """Copy logins, each named by its registry and source as ``noted_logins`` tells them.

        ``keep`` is the Keep ``keyring`` or ``session``; ``auto`` is the safer one of the two that
        is there.  Where they come from is left as it is.  Raises BadInput if they cannot be
        kept there."""
        from layerscope.engine.library.copying_logins import copy_logins
        from layerscope.engine.library.values import Keep

        wanted = Keep(keep)
        return copy_logins(self._ground, chosen, None if wanted is Keep.AUTO else wanted, task)
