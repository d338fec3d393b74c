"""What the pipeline and its sinks are called."""

from __future__ import annotations

import re
from pathlib import Path

from cdcctl.errors import UsageError
from cdcctl.importing.given import Gathered, Given
from cdcctl.render.settings import split

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
# A connector of a pipeline is called NAME-source or NAME-SINK.
_SOURCE = "-source"


def names_of(gathered: Gathered, wanted: str | None) -> tuple[str, dict[str, Given]]:
    """The pipeline's name, and its sinks by name.

    :raises UsageError: the name that is wanted is none.
    """
    if wanted is not None and not _NAME.fullmatch(wanted):
        raise UsageError(
            f"--name {wanted!r} cannot be a pipeline's name", hint="small letters, digits and hyphens, a letter first"
        )
    name = wanted or _name(gathered)
    return name, _sinks(gathered, name)


def _name(gathered: Gathered) -> str:
    source = gathered.source
    if source:
        told = source.name.removesuffix(_SOURCE) if source.name.endswith(_SOURCE) else source.name
        prefix = source.config.get("topic.prefix") or source.config.get("database.server.name", "")
        return sanitized(told) or sanitized(prefix) or "pipeline"
    first = gathered.sinks[0]
    topics = split(first.config.get("topics", ""))
    return (
        sanitized(first.name.removesuffix("-sink"))
        or sanitized(topics[0].split(".")[0] if topics else "")
        or "pipeline"
    )


def _sinks(gathered: Gathered, name: str) -> dict[str, Given]:
    """A single sink is called sink unless its connector's name says otherwise."""
    several = len(gathered.sinks) > 1
    named: dict[str, Given] = {}
    for each in gathered.sinks:
        # As render --out calls the files of several sinks.
        file = Path(each.origin).stem
        ours = each.name.removeprefix(f"{name}-") if each.name.startswith(f"{name}-") else ""
        ours = ours or (file.removeprefix("sink-") if not each.name and file.startswith("sink-") else "")
        wish = sanitized(ours or (each.name if several else "")) or (each.kind if several else "sink")
        wish = f"{wish}-sink" if wish == "source" else wish
        number = 2
        unique = wish
        while unique in named:
            unique = f"{wish[:58]}-{number}"
            number += 1
        named[unique] = each
    return named


def sanitized(text: str) -> str:
    """The nearest text that may be a name; empty where nothing of it may."""
    letters = re.sub(r"[^a-z0-9]+", "-", text.lower())
    return re.sub(r"^[^a-z]+|-+$", "", letters)[:63].rstrip("-")
