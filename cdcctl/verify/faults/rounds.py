"""Every fault several times over in one pipeline: a table for each, struck in rounds, and what came of it.

A round writes some hundreds of rows and changes the table, while or before its fault strikes, and waits until all of it
has arrived. In the end each table is compared like any other, so a loss or a repetition is told of its fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

from cdcctl.verify.faults import catalogue
from cdcctl.verify.report import Report
from cdcctl.verify.results import TableResult

DATABASE = "fault_rounds"
_ROWS = 400
_LATEST = 1.5
# What an outcome tells of beside losses.
_TOLD = {"event-replayed": "sent again by the source", "offset-doubled": "written again by the sink"}


@dataclass(frozen=True)
class Outcome:
    """What came of all rounds of one fault.

    :ivar events: row changes that MySQL has made and that were looked for.
    :ivar lost: rows that are missing, different or too many in Parquet, and changes that are in no event.
    :ivar again: code → events that came more than once, which the fold takes once.
    :ivar gave_up: codes of components that stopped and were restarted, one each time.
    """

    kind: catalogue.Kind
    rounds: int
    events: int
    lost: int
    again: Mapping[str, int]
    gave_up: tuple[str, ...]
    schemas_as_predicted: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "fault": self.kind.name,
            "rounds": self.rounds,
            "events": self.events,
            "lost": self.lost,
            "again": dict(self.again),
            "gave_up": list(self.gave_up),
            "schemas_as_predicted": self.schemas_as_predicted,
        }


def table_of(kind: catalogue.Kind) -> str:
    """The table that a fault's rounds write to."""
    return f"{DATABASE}.{kind.name.replace(':', '_').replace('-', '_')}"


def write(folder: Path, kinds: Sequence[catalogue.Kind], rounds: int, seed: int) -> None:
    """Write the scenario: a folder as a user would write it."""
    rng = Random(seed)  # noqa: S311 - not for secrets
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "create.sql").write_text(_created(kinds), encoding="utf-8")
    steps: list[Any] = [{"sql": "create.sql"}, "deploy", "drain"]
    for kind in kinds:
        for number in range(1, rounds + 1):
            name = f"{kind.name.replace(':', '-')}-{number}.sql"
            (folder / name).write_text(_changes(kind, number), encoding="utf-8")
            steps += [*_round(kind, name, rng), "drain"]
    _dump(folder / "scenario.yaml", {"description": f"{rounds} rounds of each fault, seed {seed}", "steps": steps})
    _dump(folder / "pipeline.yaml", _pipeline(kinds))


def outcomes(report: Report, kinds: Sequence[catalogue.Kind]) -> list[Outcome]:
    """What came of each fault that struck; of those behind what stopped the pipeline there is nothing to tell."""
    tables = {table.table: table for table in report.tables}
    wrong = {finding.table for finding in report.findings if finding.rule.slug == "schema-unpredicted"}
    return [
        _outcome(kind, struck, tables[table_of(kind)], _gave_up(report, kind), table_of(kind) not in wrong)
        for kind in kinds
        if (struck := _struck(report, kind)) and table_of(kind) in tables
    ]


def _outcome(
    kind: catalogue.Kind, rounds: int, table: TableResult, gave_up: tuple[str, ...], predicted: bool
) -> Outcome:
    again = {each.code: each.rows for each in table.findings if each.rule.slug in _TOLD}
    replayed = sum(each.rows for each in table.findings if each.rule.slug == "event-replayed")
    # The new columns are NULL for older rows on both sides, so nothing else may be found.
    lost = table.mismatches
    return Outcome(kind, rounds, table.events - replayed, lost, again, gave_up, predicted)


def _struck(report: Report, kind: catalogue.Kind) -> int:
    """How often a fault has struck."""
    return sum(_names(step.step, kind) for step in report.steps)


def _names(step: str, kind: catalogue.Kind) -> bool:
    return step.startswith("fault: ") and step.removeprefix("fault: ").split(",")[0] == kind.name


def _gave_up(report: Report, kind: catalogue.Kind) -> tuple[str, ...]:
    """The codes told by the drains that followed the fault's steps."""
    codes: list[str] = []
    ours = False
    for step in report.steps:
        if step.step.startswith("fault: "):
            ours = _names(step.step, kind)
        elif ours and step.step == "drain":
            codes += step.codes
    return tuple(codes)


def _round(kind: catalogue.Kind, file: str, rng: Random) -> list[Any]:
    lasts = round(kind.seconds * rng.uniform(0.5, 1.5), 1)
    during = kind.spares_sql and (kind.part is None or rng.random() < 0.5)
    if during:
        return [{"fault": {"strike": kind.name, "seconds": lasts, "sql": file}}]
    after = round(rng.uniform(0, _LATEST), 1)
    return [{"sql": file}, {"fault": {"strike": kind.name, "seconds": lasts, "after": after}}]


def _created(kinds: Sequence[catalogue.Kind]) -> str:
    lines = [f"CREATE DATABASE IF NOT EXISTS {DATABASE};", f"USE {DATABASE};"]
    for kind in kinds:
        name = table_of(kind).split(".")[1]
        lines.append(f"CREATE TABLE {name} (id INT NOT NULL PRIMARY KEY, round INT NOT NULL, note VARCHAR(40));")
        lines.append(f"INSERT INTO {name} VALUES (0, 0, 'before');")
    return "\n".join(lines) + "\n"


def _changes(kind: catalogue.Kind, number: int) -> str:
    """Inserts in four transactions with a new column between them, updates of older rows, deletes."""
    name = table_of(kind).split(".")[1]
    lines = [f"USE {DATABASE};"]
    quarter = _ROWS // 4
    for part in range(4):
        first = number * 10_000 + part * quarter
        numbers = (
            f"WITH RECURSIVE n AS (SELECT {first} AS i UNION ALL SELECT i + 1 FROM n WHERE i < {first + quarter - 1})"
        )
        lines.append(f"INSERT INTO {name} (id, round, note) {numbers} SELECT i, {number}, CONCAT('row ', i) FROM n;")
        if part == 1:
            lines.append(f"ALTER TABLE {name} ADD COLUMN c{number} INT NULL;")
    lines.append(f"UPDATE {name} SET c{number} = id, note = 'changed in {number}' WHERE id MOD 3 = 0;")
    lines.append(f"DELETE FROM {name} WHERE id MOD 10 = {number} AND id > 0;")
    return "\n".join(lines) + "\n"


def _dump(path: Path, data: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)


def _pipeline(kinds: Sequence[catalogue.Kind]) -> dict[str, Any]:
    return {
        "name": "fault-rounds",
        "topic_prefix": "fault-rounds",
        "source": {
            "server_id": 5498,
            "tables": [table_of(kind) for kind in kinds],
            # By default Debezium notices after one or two minutes only that MySQL has gone and come back.
            "properties": {
                "poll.interval.ms": 50,
                "producer.override.linger.ms": 0,
                "connect.keep.alive.interval.ms": 5000,
            },
        },
        "registries": {"keys": "fault-rounds-keys", "values": "fault-rounds-values", "compatibility": "BACKWARD"},
        "sink": {
            "type": "iceberg",
            "commit_interval_ms": 1000,
            "properties": {
                "consumer.override.fetch.max.wait.ms": 50,
                "consumer.override.metadata.max.age.ms": 1000,
                # A killed consumer keeps its partitions for as long, 45 s by default.
                "consumer.override.session.timeout.ms": 10_000,
                "iceberg.kafka.metadata.max.age.ms": 1000,
                "iceberg.kafka.session.timeout.ms": 6000,
                "iceberg.kafka.heartbeat.interval.ms": 2000,
                "iceberg.control.commit.timeout-ms": 2000,
            },
        },
        "worker": {"properties": {"offset.flush.interval.ms": 500}},
    }
