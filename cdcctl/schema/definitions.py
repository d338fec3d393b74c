"""Definitions as text: as a registry holds them, as people review them, and in the form in which two are compared."""

from __future__ import annotations

import json


def compact(text: str) -> str:
    """A definition as the converters write it: JSON in one line. What is in one line already stays as it is.

    :raises ValueError: several lines that are not JSON.
    """
    stripped = text.strip()
    if "\n" not in stripped:
        return stripped
    return json.dumps(json.loads(stripped), ensure_ascii=False, separators=(",", ":"))


def reviewable(definition: str) -> str:
    """A definition in many lines, of which :func:`compact` makes the same text again; else the definition itself."""
    try:
        text = json.dumps(json.loads(definition), ensure_ascii=False, indent=2)
        return text if compact(text) == definition.strip() else definition
    except (ValueError, RecursionError):
        return definition


def canonical(definition: str) -> str:
    """What two texts of one definition share: JSON without regard to white space and the order of keys.

    Glue compares definitions so (API_GetSchemaByDefinition: "canonicalized"). Text that is no JSON is itself.
    """
    try:
        return json.dumps(json.loads(definition), sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return definition.strip()
