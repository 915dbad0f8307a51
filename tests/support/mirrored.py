"""The same image at a registry and at its mirrors, and everything that a pull asks of them."""

from __future__ import annotations

from layerscope.engine.oci import Descriptor, Manifest, Reference
from layerscope.engine.registry import Login, Supplier
from layerscope.engine.registry.auth.credentials import Finding
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.visitors import Pile

LAYER = bytes(range(256)) * 600


class LoginsByHost:
    """Each host has its own login, or none."""

    def __init__(self, **logins: Login) -> None:
        self.logins = logins

    def find(self, host: str, repository: str, task: Task) -> Finding:
        return Finding(self.logins.get(host))


def both(far: HostileRegistry, near: HostileRegistry, prefix: str = "") -> Reference:
    """The same image at both; what it is called."""
    far.serve_image("app", "1", [LAYER])
    near.serve_image(f"{prefix}app", "1", [LAYER])
    return Reference(far.host, "app", "1", None)


def layer_of(manifest: object) -> Descriptor:
    assert isinstance(manifest, Manifest)
    return manifest.layers[0]


def pulled(supplier: Supplier, reference: Reference, task: Task) -> bytes:
    """The layer of an image, after everything else that a pull asks for."""
    found = supplier.resolve(reference, task)
    manifest = found.document
    assert isinstance(manifest, Manifest)
    supplier.document("app", manifest.config, 1 << 20, task)
    pile = Pile()
    supplier.fetch("app", layer_of(manifest), pile, task)
    return bytes(pile.data)
