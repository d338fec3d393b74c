"""What a worker configuration says that a pipeline's does not say by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdcctl.aws.worker_rules import allowed
from cdcctl.importing.notes import Note

# Named by every connector itself, and written by render for those that the references need.
_ELSEWHERE = ("key.converter", "value.converter", "config.providers")


def of_worker(
    config: Mapping[str, str], name: str, rendered: Mapping[str, str]
) -> tuple[dict[tuple[str, ...], Any], list[Note]]:
    """By path in the pipeline file, and what there is to say.

    :param rendered: the worker properties of the pipeline so far.
    """
    found: dict[tuple[str, ...], Any] = {}
    raw: dict[str, str] = {}
    notes = []
    for key, value in config.items():
        if key == "offset.storage.topic":
            if value != f"{name}-connect-offsets":
                found[("worker", "offset_topic")] = value
        elif key == "bootstrap.servers":
            notes.append(Note("dropped", "worker", key, "MSK Connect sets it"))
        elif key.startswith(_ELSEWHERE):
            if rendered.get(key) != value:
                notes.append(
                    Note("dropped", "worker", key, "connectors name their own; providers follow their references")
                )
        elif not allowed(key):
            notes.append(Note("dropped", "worker", key, "MSK Connect does not take it in a worker configuration"))
        elif rendered.get(key) != value:
            raw[key] = value
            notes.append(Note("raw", "worker", key, "no key of the pipeline file says this"))
    if raw:
        found[("worker", "properties")] = raw
    return found, notes
