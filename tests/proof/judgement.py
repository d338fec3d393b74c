"""What was predicted, as data to compare: texts by topic, verdicts of the modes, and what the Iceberg sink does."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.proof.pipeline import Piece

MODES = ("NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL")
_OWN = ("_topic", "_partition", "_offset")


@dataclass
class Outcome:
    """Figures, and every difference in a sentence."""

    statements: int = 0
    refused: int = 0
    texts: int = 0
    verdicts: int = 0
    sinks: int = 0
    killed: int = 0
    untouched: int = 0
    differing: list[str] = field(default_factory=list)

    def differ(self, text: str) -> None:
        """Note down a difference, and tell of it at once."""
        self.differing.append(text)
        print(f"DIFFERENT {text}", file=sys.stderr, flush=True)


def predicted(report: Mapping[str, Any]) -> dict[str, tuple[list[str], list[str]]]:
    """Topic → definitions of keys and values in order, each once in a row."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for effect in report["statements"]:
        for number, side in enumerate((effect["key"], effect["value"])):
            if side["schema"] is None or effect["outcome"] == "kills-the-connector":
                continue
            line = found.setdefault(side["schema"], ([], []))[number]
            for definition in (side["before"], side["after"]):
                if definition is not None and line[-1:] != [definition]:
                    line.append(definition)
    return found


def texts(
    piece: Piece,
    report: Mapping[str, Any],
    outcome: Outcome,
    label: Mapping[str, str],
    untouched: frozenset[str],
    standing: frozenset[str],
) -> None:
    """Hold predicted definitions against what keys and values were written with.

    :param untouched: topics of tables that took no rows after some change.
    :param standing: topics that were there before; what no statement is said to change has one definition in them.
    """
    expected = predicted(report)
    for topic in sorted({*expected, *piece.topics()}):
        database = topic.split(".")[1]
        if database not in label:
            continue
        sent = piece.sent(topic) if topic in piece.topics() else ([], [])
        for side, known, seen in zip(("key", "value"), expected.get(topic, ([], [])), sent, strict=True):
            outcome.texts += len(seen)
            if topic in standing and topic not in expected and len(seen) <= 1:
                continue
            if known != seen and not (topic in untouched and _in_order(seen, known)):
                outcome.differ(f"{label[database]}: {side} of {topic}:\n{_first(known, seen)}")


def _in_order(some: list[str], every: list[str]) -> bool:
    rest = iter(every)
    return all(each in rest for each in some)


def _first(known: list[str], seen: list[str]) -> str:
    number = next((n for n, pair in enumerate(zip(known, seen, strict=False)) if pair[0] != pair[1]), None)
    if number is None:
        more = (known[len(seen) :] or seen[len(known) :])[0]
        return f"  {len(known)} predicted, {len(seen)} registered; the next one: {more}"
    return f"  predicted  {known[number]}\n  registered {seen[number]}"


def verdicts(piece: Piece, report: Mapping[str, Any], outcome: Outcome, label: Mapping[str, str]) -> None:
    """Ask the registry itself, with a schema of its own for each mode and version."""
    glue = piece.target.client("glue")
    registry = {"RegistryName": f"{piece.name}-verdicts"}
    glue.create_registry(**registry)
    lines: dict[tuple[str, str], list[str]] = {}
    count = 0
    for effect in report["statements"]:
        for side in ("key", "value"):
            known = effect[side]
            if known["schema"] is None or effect["outcome"] == "kills-the-connector":
                continue
            line = lines.setdefault((side, known["schema"]), [])
            if known["before"] is not None and known["before"] not in line:
                line.append(known["before"])
            if known["after"] is None:
                continue
            if line and known["after"] not in line:
                count += 1
                told = {mode: _asked(glue, registry, f"s{count}-{mode}", line, known["after"], mode) for mode in MODES}
                outcome.verdicts += len(MODES)
                if told != known["compatible"]:
                    where = label.get(str(effect["table"]).split(".")[0])
                    outcome.differ(f"{where}: {side}: predicted {known['compatible']}, the registry: {told}")
            if known["after"] not in line:
                line.append(known["after"])


def _asked(glue: Any, registry: Mapping[str, str], name: str, line: list[str], new: str, mode: str) -> bool:
    schema = {**registry, "SchemaName": name}
    glue.create_schema(RegistryId=registry, SchemaName=name, DataFormat="AVRO", Compatibility="NONE",
                       SchemaDefinition=line[0])  # fmt: skip
    for definition in line[1:]:
        glue.register_schema_version(SchemaId=schema, SchemaDefinition=definition)
    if mode != "NONE":
        glue.update_schema(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True}, Compatibility=mode)
    try:
        return bool(glue.register_schema_version(SchemaId=schema, SchemaDefinition=new)["Status"] == "AVAILABLE")
    except glue.exceptions.InvalidInputException:
        return False


def failing(report: Mapping[str, Any]) -> dict[str, str]:
    """Table → the exception with which the Iceberg sink is to fail."""
    return {
        effect["table"]: next(iter(effect["sink"]["iceberg"]["fails"].values()), "?")
        for effect in report["statements"]
        if effect["sink"] and not effect["sink"]["iceberg"]["accepted"]
    }


def columns(piece: Piece, table: str, report: Mapping[str, Any], outcome: Outcome, where: str) -> None:
    """Hold the predicted columns of a table against the table's own, and predicted losses against its rows."""
    last = [each["sink"]["iceberg"] for each in report["statements"] if each["table"] == table and each["sink"]]
    known = next((each["columns"] for each in reversed(last) if each["columns"]), None)
    loaded = piece.lake.load(table)
    if known is None or loaded is None:
        return
    seen = {
        each.name: f"{'required' if each.required else 'optional'} {each.field_type}"
        for each in loaded.schema().fields
        if each.name not in _OWN
    }
    outcome.sinks += 1
    if seen != {name: kind.replace("decimal(38,2)", "decimal(38, 2)") for name, kind in known.items()}:
        different = {
            name: (known.get(name), seen.get(name)) for name in {*known, *seen} if known.get(name) != seen.get(name)
        }
        outcome.differ(f"{where}: columns of {table}, predicted and there: {different}")
    lost = {name for each in last for name in each.get("loses", ())}
    found = set(_lost(piece, table))
    if lost != found:
        outcome.differ(f"{where}: {table}: values predicted to be lost in {lost}, lost in {found}")


def _lost(piece: Piece, table: str) -> Iterator[str]:
    """Fields of which some event has another value than its row."""
    from cdcctl.verify.events import EventReader

    topic = piece.pipeline.topic_of(table)
    reader = EventReader(piece.offsets.settings, piece.target.registry)
    rows = {row["_offset"]: row for row in piece.lake.read(table).rows.to_pylist()}
    for event in reader.read(topic, piece.offsets.ends([topic])[topic]):
        row = rows.get(event.offset)
        if row is None or event.value is None:
            yield "(a row)"
            continue
        yield from (name for name, value in event.value.items() if not _same(value, row.get(name)))


def _same(sent: Any, stored: Any) -> bool:
    if isinstance(sent, (bytes, dict, list)) or sent is None:
        return (sent is None) == (stored is None)
    if isinstance(stored, str) != isinstance(sent, str):
        return str(sent) == str(stored) or (isinstance(sent, str) and float(sent) == float(stored))
    return bool(sent == stored) or (isinstance(sent, float) and abs(sent - float(stored)) < 1e-5)
