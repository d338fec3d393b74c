"""What a Java class file says of itself: its name, what it extends and implements, and which Java it needs.

Only the head of the format is read (The Java Virtual Machine Specification, chapter 4: the constant pool, access flags,
this, super and interfaces), and the methods where a constructor is looked for. The packages that could do it stop at
Java 8 or bring a disassembler along; a plugin has up to 100,000 classes, and this takes some 30 µs for each.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MAGIC = b"\xca\xfe\xba\xbe"
# JVMS table 4.4-A: bytes after the tag. Utf8 (1) says its length itself; Long and Double take two places in the pool.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_UTF8, _WIDE = 1, (5, 6)
_PUBLIC, _INTERFACE, _ABSTRACT = 0x0001, 0x0200, 0x0400
_FIRST_MAJOR = 44
_u2 = struct.Struct(">H").unpack_from
_u4 = struct.Struct(">I").unpack_from


class ClassFormatError(ValueError):
    """These bytes are no class file, or end in the middle of one."""


@dataclass(frozen=True)
class ClassHead:
    """The head of a class file; names with dots, ``java`` the version that its format belongs to (61 → 17)."""

    name: str
    superclass: str
    interfaces: tuple[str, ...]
    flags: int
    java: int

    @property
    def usable(self) -> bool:
        """Whether it can be made an object of by others: public, and neither an interface nor abstract."""
        return bool(self.flags & _PUBLIC) and not self.flags & (_INTERFACE | _ABSTRACT)


def read_head(data: bytes) -> ClassHead:
    """Read the head of a class file.

    :raises ClassFormatError: it is none.
    """
    try:
        return _Reader(data).head()
    except (struct.error, IndexError, KeyError) as error:
        raise ClassFormatError(f"the class file is damaged: {error!r}") from None


def has_public_constructor(data: bytes) -> bool:
    """Whether a class has a public constructor without parameters, which is how a plugin's class is made.

    :raises ClassFormatError: it is no class file.
    """
    try:
        return _Reader(data).constructs()
    except (struct.error, IndexError, KeyError) as error:
        raise ClassFormatError(f"the class file is damaged: {error!r}") from None


class _Reader:
    """One class file, its constant pool walked once: where each constant begins, and where the pool ends."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(_MAGIC):
            raise ClassFormatError("it does not begin as a class file does")
        self._data = data
        count = _u2(data, 8)[0]
        self._places = [0] * count
        place, index = 10, 1
        while index < count:
            tag = data[place]
            self._places[index] = place
            place += 3 + _u2(data, place + 1)[0] if tag == _UTF8 else 1 + _SIZES[tag]
            index += 2 if tag in _WIDE else 1
        self._end = place

    def head(self) -> ClassHead:
        flags, this, parent, count = struct.unpack_from(">HHHH", self._data, self._end)
        interfaces = struct.unpack_from(f">{count}H", self._data, self._end + 8)
        java = _u2(self._data, 6)[0] - _FIRST_MAJOR
        return ClassHead(self._class(this), self._class(parent), tuple(map(self._class, interfaces)), flags, java)

    def constructs(self) -> bool:
        place = self._end + 8 + 2 * _u2(self._data, self._end + 6)[0]
        fields = _u2(self._data, place)[0]
        place += 2
        for _ in range(fields):
            place = self._after_member(place)
        methods = _u2(self._data, place)[0]
        place += 2
        for _ in range(methods):
            flags, name, descriptor = struct.unpack_from(">HHH", self._data, place)
            if flags & _PUBLIC and self._text(name) == "<init>" and self._text(descriptor) == "()V":
                return True
            place = self._after_member(place)
        return False

    def _after_member(self, place: int) -> int:
        """The place behind a field or method and its attributes."""
        attributes = _u2(self._data, place + 6)[0]
        place += 8
        for _ in range(attributes):
            place += 6 + _u4(self._data, place + 2)[0]
        return place

    def _class(self, index: int) -> str:
        """The name of a Class constant; 0 stands for no class (java.lang.Object has no superclass)."""
        return self._text(_u2(self._data, self._places[index] + 1)[0]).replace("/", ".") if index else ""

    def _text(self, index: int) -> str:
        place = self._places[index]
        length = _u2(self._data, place + 1)[0]
        text = self._data[place + 3 : place + 3 + length]
        if len(text) != length:
            raise IndexError("a text ends behind the file")
        # Modified UTF-8 differs only where no name of a class goes.
        return text.decode("utf-8", "replace")
