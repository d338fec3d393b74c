"""The frame of a SARIF 2.1.0 log, which code hosts show beside the lines of a pull request.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0. Our severities are its levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cdcctl import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(rules: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One run of cdcctl.

    :param rules: what :func:`rule` makes.
    """
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "cdcctl", "version": __version__, "rules": list(rules)}},
                "columnKind": "unicodeCodePoints",
                "results": list(results),
            }
        ],
    }


def rule(code: str, title: str, why: str, cure: str, severity: str) -> dict[str, Any]:
    """What a code means."""
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {"text": cure},
        "defaultConfiguration": {"level": severity},
    }


def place(file: str, **region: int | None) -> dict[str, Any]:
    """A physical location; of the region what is known."""
    found: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if known := {name: number for name, number in region.items() if number is not None}:
        found["region"] = known
    return {"physicalLocation": found}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
