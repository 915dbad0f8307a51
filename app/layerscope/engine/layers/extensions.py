"""What stands before the header of an entry and changes it: PAX and GNU extended headers.

Where two readings are possible the one of the engines (Go's archive/tar) wins, and the layer is
noted as ambiguous: GNU tar, bsdtar or another unpacker may see other files (CVE-2025-62518).
"""

from __future__ import annotations

from layerscope.engine.layers import header, pax
from layerscope.engine.layers.batch import Patch
from layerscope.engine.layers.notes import Notes

#: Type letters of extended headers.
LETTERS = frozenset(b"xgLK")
_LONGEST_KEY = 40


class Extensions:
    """Gathers extended headers until the entry that they belong to comes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._pax: pax.Records | None = None
        self._name: bytes | None = None
        self._link: bytes | None = None

    def __bool__(self) -> bool:
        """Whether any is waiting for its entry."""
        return self._pax is not None or self._name is not None or self._link is not None

    def read(self, letter: int, body: bytes, here: int) -> None:
        """Take the body of the extended header at ``here``; HeaderDamaged if it breaks a rule."""
        match chr(letter):
            case "x":
                if self._pax is not None:
                    self.ambiguous("Two PAX headers stand before one entry.", here)
                self._pax = pax.parse(body)
                for key in self._pax.doubled:
                    self.ambiguous(f"A PAX header says {_shown(key)} twice.", here)
            case "g":
                self._global(pax.parse(body), here)
            case "L":
                name = header.text(body)
                if self._name not in (None, name):
                    self.ambiguous("Two long names stand before one entry.", here)
                self._name = name
            case _:
                link = header.text(body)
                if self._link not in (None, link):
                    self.ambiguous("Two long link targets stand before one entry.", here)
                self._link = link

    def applied(
        self, parsed: header.Header, here: int
    ) -> tuple[Patch, bytes, int, dict[bytes, bytes]]:
        """What changes in the entry whose header is at ``here``, its name, the size of its
        content and its sparse records.  Nothing is waiting any more afterwards.  HeaderDamaged if
        a PAX header says what cannot be."""
        said = pax.understood(self._pax.values if self._pax else {})
        long_name, long_link = self._name, self._link
        self.forget()
        if said.size is not None and parsed.size not in (0, said.size) and said.size < 8**11:
            self.ambiguous("A PAX header and a tar header give different sizes.", here)
        if said.path and long_name and said.path != long_name:
            self.ambiguous("A PAX header and a GNU header give different names.", here)
        if said.link and long_link and said.link != long_link:
            self.ambiguous("A PAX header and a GNU header give different links.", here)
        patch = Patch(
            name=long_name or said.path,
            link=long_link or said.link,
            user=said.user,
            group=said.group,
            uid=said.uid,
            gid=said.gid,
            mtime_ns=said.mtime_ns,
            xattrs=pax.encoded(said.xattrs),
            pax=pax.encoded(said.others),
        )
        size = parsed.size if said.size is None else said.size
        return patch, patch.name or parsed.name, size, said.sparse

    def lost(self, here: int) -> None:
        """No entry comes after them."""
        self._notes.add("lost-extension", "An extended header stands before no entry.", here)
        self.forget()

    def forget(self) -> None:
        self._pax = self._name = self._link = None

    def ambiguous(self, text: str, here: int) -> None:
        self._notes.add("ambiguous", f"{text} Other readers may see other files.", here)

    def _global(self, said: pax.Records, here: int) -> None:
        """Engines skip global headers, and with them whatever stood before (FORMATS.md 5.2)."""
        if any(said.values.get(key) for key in (b"path", b"linkpath", b"size")):
            text = "A global PAX header names a path, link or size; engines skip it."
            self.ambiguous(text, here)
        if self:
            self.ambiguous("A global PAX header stands between an entry and its extension.", here)
        self.forget()


def _shown(key: bytes) -> str:
    return key[:_LONGEST_KEY].decode("ascii", "backslashreplace")
