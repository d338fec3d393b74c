"""Messages out of a file: raw bytes, or one message a line in base64 or hexadecimal, as other tools print them."""

from __future__ import annotations

import base64
import binascii
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from cdcctl.decode.decoder import Decoder
from cdcctl.decode.lines import Line, Wish, part
from cdcctl.errors import InputError

Encoding = Literal["auto", "binary", "base64", "hex"]
# More than brokers take as one message by far (message.max.bytes is 1 MB by default).
_LARGEST = 64 * 1024 * 1024
_HEX = re.compile(rb"(0[xX]|\\x)?(?:[0-9a-fA-F]{2}[ :]?)+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


def read(name: str, encoding: Encoding, decoder: Decoder, wish: Wish) -> Iterator[Line]:
    """Every message of a file, decoded as a value; ``-`` is standard input.

    :raises InputError: it cannot be read, is empty, or is not encoded as it was said.
    """
    for number, content in contents(name, _bytes(name), encoding):
        yield Line({"file": name, "message": number}, None, part(decoder, content, wish))


def contents(name: str, whole: bytes, encoding: Encoding) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each message."""
    lines = [(number, each) for number, line in enumerate(whole.splitlines(), 1) if (each := line.strip())]
    if encoding == "binary" or not lines:
        yield 1, whole
        return
    if encoding == "auto":
        encoding = _guess([each for _, each in lines])
        if encoding == "binary":
            yield 1, whole
            return
    for number, each in lines:
        try:
            yield number, _FROM[encoding](each)
        except (ValueError, binascii.Error):
            raise InputError(f"{name}:{number} is not {encoding}", hint="name another --encoding") from None


def _guess(lines: list[bytes]) -> Encoding:
    if all(_HEX.fullmatch(each) for each in lines):
        return "hex"
    if all(_BASE64.fullmatch(each) and len(each) % 4 == 0 for each in lines):
        return "base64"
    return "binary"


def _from_hex(text: bytes) -> bytes:
    return bytes.fromhex(re.sub(r"0[xX]|\\x|:", " ", text.decode("ascii")))


def _from_base64(text: bytes) -> bytes:
    return base64.b64decode(text, validate=True)


_FROM: Mapping[str, Callable[[bytes], bytes]] = {"hex": _from_hex, "base64": _from_base64}


def _bytes(name: str) -> bytes:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as source:
            whole = source.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", hint="name a file with a message") from None
    if len(whole) > _LARGEST:
        raise InputError(f"{name} is larger than a message can be", hint="give one message, or one a line")
    if not whole:
        raise InputError(f"{name} is empty", hint="give a message as binary, base64 or hex")
    return whole
