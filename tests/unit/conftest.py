"""A keyring in memory, and certificates, for whoever asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.memory_keyring import MemoryKeyring, keyring_in_use
from support.real_registry import make_certificates


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    """The keyring of this machine while the test runs; empty at first."""
    made = MemoryKeyring()
    with keyring_in_use(made):
        yield made


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, and with both.pem (key and certificate) for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    both = (folder / "server.pem").read_text() + (folder / "server.key").read_text()
    (folder / "both.pem").write_text(both)
    return folder
