"""Schemas in a folder, for code review and for keeps: ``REGISTRY/SCHEMA/NUMBER.avsc``, one version a file.

Beside the versions, ``schema.json`` holds what else belongs to the schema: its compatibility mode, its checkpoint, its
description. A folder written by hand may do without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.errors import InputError
from cdcctl.schema.avro_parser import InvalidSchemaError, parse
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.definitions import compact, reviewable
from cdcctl.whole_file import write_whole

_VERSION = re.compile(r"v?(\d{1,6})\.avsc")
SETTINGS = "schema.json"
_KEYS = ("compatibility", "checkpoint", "description")


@dataclass(frozen=True)
class Kept:
    """A schema in a folder.

    :ivar mode: None where the folder does not say.
    :ivar checkpoint: number of a version.
    :ivar versions: number → definition in one line, in order.
    """

    registry: str
    schema: str
    mode: Mode | None
    versions: Mapping[int, str]
    checkpoint: int | None = None
    description: str | None = None

    @property
    def files(self) -> dict[str, str]:
        """File name → content."""
        settings = {"compatibility": self.mode.value if self.mode else None, "checkpoint": self.checkpoint}
        if self.description:
            settings["description"] = self.description
        written = {f"{number}.avsc": reviewable(text) + "\n" for number, text in self.versions.items()}
        return {SETTINGS: json.dumps(settings, indent=2, ensure_ascii=False) + "\n", **written}


def read(folder: Path) -> list[Kept]:
    """Every schema of a folder.

    :raises InputError: it is none, or has files that are not what they should be; all are listed.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", hint="give one with <registry>/<schema>/<number>.avsc")
    found: list[Kept] = []
    problems: list[str] = []
    for place in sorted(each for each in folder.glob("*/*") if each.is_dir()):
        if any(place.glob("*.avsc")) or (place / SETTINGS).exists():
            try:
                found.append(read_schema(folder, place.parent.name, place.name))
            except InputError as error:
                problems += error.details or [error.message]
    if problems:
        raise InputError(f"{len(problems)} problem(s) in {folder}", hint="correct these files", details=problems)
    if not found:
        raise InputError(f"there is no schema in {folder}", hint="it should have <registry>/<schema>/<number>.avsc")
    return found


def read_schema(folder: Path, registry: str, schema: str) -> Kept:
    """One schema; without versions and mode where there is none.

    :raises InputError: a file is not what it should be; all are listed.
    """
    place = folder / registry / schema
    problems: list[str] = []
    settings = _settings(place / SETTINGS, problems)
    versions = dict(_versions(place, problems))
    checkpoint = settings.get("checkpoint")
    if checkpoint is not None and versions and checkpoint not in versions:
        problems.append(f"{place / SETTINGS}: the checkpoint {checkpoint} is no version in this folder")
    if problems:
        raise InputError(f"{place} is no schema as it is exported", hint="export it again", details=problems)
    mode = settings.get("compatibility")
    return Kept(registry, schema, Mode(mode) if mode else None, versions, checkpoint, settings.get("description"))


def write(folder: Path, schemas: Sequence[Kept], *, prune: bool) -> tuple[list[Path], list[Path]]:
    """Write schemas; files that are as they should be are left alone.

    :param prune: remove the files of versions that a schema no longer has.
    :returns: the files written, and those of versions that there are not (any more).
    :raises InputError: a file cannot be written.
    """
    written, stale = [], []
    for kept in schemas:
        place = folder / kept.registry / kept.schema
        files = kept.files
        for name, text in files.items():
            if _text(place / name) != text:
                write_whole(place / name, text)
                written.append(place / name)
        stale += [each for each in sorted(place.glob("*.avsc")) if each.name not in files]
    for each in stale if prune else ():
        try:
            each.unlink()
        except OSError as error:
            raise InputError(f"{each} cannot be removed: {error.strerror}", hint="remove it by hand") from None
    return written, stale


def _versions(place: Path, problems: list[str]) -> Iterator[tuple[int, str]]:
    numbered: dict[int, Path] = {}
    for file in sorted(place.glob("*.avsc")):
        found = _VERSION.fullmatch(file.name)
        if found is None:
            problems.append(f"{file}: the name is not a number and .avsc")
        elif (number := int(found[1])) in numbered:
            problems.append(f"{file}: version {number} is there twice")
        else:
            numbered[number] = file
    for number in sorted(numbered):
        try:
            text = compact(numbered[number].read_text(encoding="utf-8"))
            parse(text)
            yield number, text
        except (OSError, ValueError, RecursionError, InvalidSchemaError) as error:
            problems.append(f"{numbered[number]}: no Avro schema: {error}")


def _settings(file: Path, problems: list[str]) -> Mapping[str, Any]:
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"{file}: no JSON: {error}")
        return {}
    said = list(_wrong(found))
    problems += [f"{file}: {each}" for each in said]
    return {} if said else found


def _wrong(settings: Any) -> Iterator[str]:
    if not isinstance(settings, dict):
        yield "it is not an object"
        return
    for key in settings:
        if key not in _KEYS:
            yield f"unknown key {key!r}; known are {', '.join(_KEYS)}"
    mode, checkpoint = settings.get("compatibility"), settings.get("checkpoint")
    if mode is not None and mode not in list(Mode.__members__):  # a list, since it may be anything
        yield f"there is no compatibility mode {mode!r}; there are {', '.join(Mode.__members__)}"
    if checkpoint is not None and (not isinstance(checkpoint, int) or isinstance(checkpoint, bool)):
        yield "the checkpoint is not a number"
    if not isinstance(settings.get("description", ""), str):
        yield "the description is not text"


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
