"""What is told of an import, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cdcctl.importing.command import Imported
from cdcctl.importing.notes import HEADINGS, Note
from cdcctl.importing.versions import text
from cdcctl.importing.yaml_text import document


def to_text(imported: Imported) -> str:
    """For people: what came of each property that is not simply the same."""
    return "\n".join(_lines(imported))


def _lines(imported: Imported) -> Iterator[str]:
    for what, heading in HEADINGS.items():
        told = [note for note in imported.notes if note.what == what]
        if told:
            yield f"{heading}:"
            yield from (
                f"  {line}" for line in (_together(told) if what in ("added", "dropped", "raw") else map(str, told))
            )


def _together(notes: list[Note]) -> Iterator[str]:
    """One line for all properties of which the same is said."""
    groups: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        became = f" → {note.new}" if note.new is not None else ""
        groups.setdefault((note.where, note.why), []).append(f"{note.key}{became}")
    for (where, why), keys in groups.items():
        yield f"{where}: {', '.join(keys)}: {why}"


def to_dict(imported: Imported, file: Path | None) -> dict[str, Any]:
    """For ``--json``."""
    versions = imported.versions
    return {
        "file": str(file) if file else None,
        "region": imported.region,
        "debezium": {"of": text(versions.of), "to": text(versions.to), "how": versions.how},
        "notes": [note.to_dict() for note in imported.notes],
        "pipeline": document(imported),
    }
