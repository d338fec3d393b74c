"""Class files and jars, written byte by byte (The Java Virtual Machine Specification, chapter 4)."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

PUBLIC, FINAL, INTERFACE, ABSTRACT = 0x0001, 0x0010, 0x0200, 0x0400
SINK = "org.apache.kafka.connect.sink.SinkConnector"
CONVERTER = "org.apache.kafka.connect.storage.Converter"
TRANSFORM = "org.apache.kafka.connect.transforms.Transformation"


def class_file(
    name: str,
    superclass: str = "java.lang.Object",
    interfaces: Sequence[str] = (),
    *,
    java: int = 8,
    flags: int = PUBLIC,
    constructors: Sequence[tuple[int, str]] = ((PUBLIC, "()V"),),
    salt: str = "",
) -> bytes:
    """A class with these constructors, a field, and a constant of every kind in its pool; ``salt`` makes it differ."""
    pool: list[bytes] = [b""]

    def text(value: str) -> int:
        data = value.encode()
        pool.append(b"\x01" + struct.pack(">H", len(data)) + data)
        return len(pool) - 1

    def reference(dotted: str) -> int:
        index = text(dotted.replace(".", "/"))
        pool.append(b"\x07" + struct.pack(">H", index))
        return len(pool) - 1

    for tag, size in ((3, 4), (4, 4), (8, 2), (9, 4), (12, 4), (15, 3), (16, 2), (17, 4), (18, 4), (19, 2)):
        pool.append(bytes([tag]) + b"\0" * size)
    for tag in (5, 6):
        # Long and Double take two places.
        pool.extend([bytes([tag]) + b"\0" * 8, b""])
    text(salt)
    this, parent = reference(name), reference(superclass)
    implemented = [reference(interface) for interface in interfaces]
    field, descriptor, attribute, init = text("field"), text("I"), text("Attribute"), text("<init>")
    members = struct.pack(">HHHHH", 1, PUBLIC, field, descriptor, 1) + struct.pack(">HI", attribute, 3) + b"abc"
    members += struct.pack(">H", len(constructors))
    for access, signature in constructors:
        members += struct.pack(">HHHH", access, init, text(signature), 1) + struct.pack(">HI", attribute, 2) + b"ab"
    head = b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, java + 44, len(pool)) + b"".join(pool)
    kinds = struct.pack(">HHHH", flags, this, parent, len(implemented))
    return head + kinds + b"".join(struct.pack(">H", index) for index in implemented) + members + b"\0\0"


def class_entry(name: str, *arguments, **options) -> dict[str, bytes]:
    """A class as an entry of a jar."""
    return {f"{name.replace('.', '/')}.class": class_file(name, *arguments, **options)}


def pom_entry(group: str, artifact: str, version: str) -> dict[str, bytes]:
    """The pom.properties of an artifact as an entry of a jar."""
    text = f"#made\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text.encode()}


def jar_file(*entries: dict[str, bytes]) -> bytes:
    """A jar of these entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in entries:
            for name, data in each.items():
                archive.writestr(name, data)
    return content.getvalue()


def zip_file(**jars: bytes) -> bytes:
    """A ZIP of these jars or other files; names may hold slashes."""
    return jar_file(dict(jars))
