"""Where this machine gets Debian from: read from apt's own sources, so that a company's mirror is used as it is.

No address is known here. An entry counts when it carries a Debian suite's ``main`` component and is signed by Debian's
keyring or says nothing about keys; a third party's repository for Debian has a key of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Releases that a machine may run; point releases and -security, -updates, -backports live in archives of their own.
_NAMES = ("oldoldstable", "oldstable", "stable", "testing", "unstable", "sid")
_RELEASES = ("buster", "bullseye", "bookworm", "trixie", "forky", "duke")
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)")
_KEYRING = "debian-archive-"


@dataclass(frozen=True)
class Entry:
    """One binary archive that apt is told to use."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str


def debian_mirror(etc: Path, codename: str) -> str | None:
    """The address of the Debian archive that the apt configuration under ``etc`` uses, or None.

    :param codename: the release that runs here, for one that is younger than this program.
    """
    suites = {*_NAMES, *_RELEASES, codename}
    found = [
        entry
        for entry in entries(etc)
        if "main" in entry.components
        and suites.intersection(entry.suites)
        and not entry.uri.startswith("cdrom:")
        and (not entry.signed_by or _KEYRING in entry.signed_by)
    ]
    # A key that says Debian, then an address that does, is better evidence than the order in the files.
    found.sort(key=lambda entry: (not entry.signed_by, not entry.uri.rstrip("/").endswith("debian")))
    return found[0].uri if found else None


def entries(etc: Path) -> Iterator[Entry]:
    """All entries in the order in which apt reads them; what cannot be read or understood is left out."""
    apt = etc / "apt"
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        if path.suffix not in {".list", ".sources"} or not path.is_file():
            continue
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        yield from one_line(text) if path.suffix == ".list" else deb822(text)


def one_line(text: str) -> Iterator[Entry]:
    """Entries of the form ``deb [options] uri suite component…``."""
    for line in text.splitlines():
        match = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if match:
            options = dict(re.findall(r"([\w-]+)=(\S+)", match["options"] or ""))
            yield Entry(
                match["uri"], (match["suite"],), tuple(match["components"].split()), options.get("signed-by", "")
            )


def deb822(text: str) -> Iterator[Entry]:
    """Entries of the form of ``*.sources``: stanzas of fields, parted by empty lines."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", lines):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        for uri in fields.get("uris", "").split():
            yield Entry(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                fields.get("signed-by", ""),
            )


def _fields(stanza: str) -> dict[str, str]:
    """The fields of one stanza, names in lower case, continuation lines joined."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1] in {" ", "\t"}:
            fields[name] = f"{fields.get(name, '')} {line.strip()}".strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            name = key.strip().lower()
            fields[name] = value.strip()
    return fields
