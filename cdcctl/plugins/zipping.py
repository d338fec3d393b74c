"""Archives that are the same bytes on every machine: a plugin's ZIP, and a jar of nothing but service manifests."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVICES_JAR = "cdcctl-services.jar"


def write_plugin(path: Path, name: str, jars: Mapping[str, Path]) -> None:
    """Write the ZIP: the jars, stored as they are, in one folder called ``name``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as plugin:
        for jar_name in sorted(jars):
            entry = _entry(f"{name}/{jar_name}")
            entry.file_size = jars[jar_name].stat().st_size
            with jars[jar_name].open("rb") as source, plugin.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def write_services(path: Path, services: Mapping[str, Sequence[str]]) -> None:
    """Write a jar that holds nothing but service manifests: interface → classes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as jar:
        jar.writestr(_entry("META-INF/MANIFEST.MF"), "Manifest-Version: 1.0\r\nCreated-By: cdcctl\r\n\r\n")
        for interface, classes in sorted(services.items()):
            jar.writestr(_entry(f"META-INF/services/{interface}"), "".join(f"{name}\n" for name in sorted(classes)))


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry that says nothing of this machine: fixed time, mode and system; stored, for jars are compressed."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    entry.compress_type = zipfile.ZIP_STORED
    return entry
