"""The Debezium source's snapshots, and what makes a later one possible."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import debezium
from cdcctl.lint.configuration import DEBEZIUM, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_ONLY = (DEBEZIUM,)


@rule(
    "CDC050",
    "warning",
    _ONLY,
    title="every start takes a new snapshot",
    why="With snapshot.mode=always all rows are sent again at each start of the task. MSK Connect restarts workers "
    "for maintenance at times of its own choosing.",
    source="Debezium MySQL documentation, snapshot.mode; MSK Connect developer guide, workers",
    cure="Set snapshot.mode to initial; to send a table again, use an incremental snapshot.",
)
def snapshot_always(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("snapshot.mode") == "always":
        yield Problem("snapshot.mode is always", "snapshot.mode", put("snapshot.mode", "initial"))


@rule(
    "CDC051",
    "warning",
    _ONLY,
    title="a lost binlog position is passed over by a new snapshot",
    why="With snapshot.mode=when_needed a purged binlog leads to a new snapshot instead of a failure. Rows that were "
    "deleted in between stay in Parquet for ever: no event ever tells of them.",
    source="Debezium MySQL documentation, snapshot.mode; derived",
    cure="Set snapshot.mode to initial and be told; recover deliberately and verify the tables afterwards.",
)
def snapshot_when_needed(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("snapshot.mode") == "when_needed":
        yield Problem("snapshot.mode is when_needed", "snapshot.mode")


@rule(
    "CDC052",
    "warning",
    _ONLY,
    title="no snapshot, not even of the tables' structure",
    why="With snapshot.mode=never Debezium reads the binlog from its first file and must find each table's CREATE "
    "there. Once that file is purged the connector cannot start.",
    source="Debezium MySQL documentation, snapshot.mode",
    cure="Set snapshot.mode to no_data (schema_only before Debezium 2.6): it reads the structure and no rows.",
)
def snapshot_never(source: Configuration, setup: Setup) -> Iterator[Problem]:
    if source.get("snapshot.mode") == "never":
        mode = "no_data" if debezium(source, setup) >= (2, 6) else "schema_only"
        yield Problem("snapshot.mode is never", "snapshot.mode", put("snapshot.mode", mode))


@rule(
    "CDC053",
    "warning",
    _ONLY,
    title="a snapshot without locks",
    why="A schema change while the snapshot reads makes rows and structure disagree; nothing notices.",
    source="Debezium MySQL documentation, snapshot.locking.mode: none is safe only if no schema changes happen",
    cure="Set snapshot.locking.mode to minimal, or make sure that no DDL runs during the snapshot.",
)
def snapshot_without_locks(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("snapshot.locking.mode") == "none":
        yield Problem("snapshot.locking.mode is none", "snapshot.locking.mode")


@rule(
    "CDC054",
    "warning",
    _ONLY,
    title="the whole snapshot blocks all writes",
    why="With snapshot.locking.mode=extended the global read lock is held until the last row is read.",
    source="Debezium MySQL documentation, snapshot.locking.mode",
    cure="Set snapshot.locking.mode to minimal: the lock is held only while the structure is read.",
)
def snapshot_blocks(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.get("snapshot.locking.mode") == "extended":
        yield Problem(
            "snapshot.locking.mode is extended", "snapshot.locking.mode", put("snapshot.locking.mode", "minimal")
        )


@rule(
    "CDC055",
    "note",
    _ONLY,
    title="no way to send a table again",
    why="ALTER TABLE … ADD COLUMN rewrites old rows without a single event; only an incremental snapshot brings their "
    "new column to Parquet, and it is asked for by a signal.",
    source="measured: rows older than an ADD COLUMN are NULL in Parquet until an execute-snapshot signal is sent",
    cure="Set signal.data.collection to a table database.name (id varchar(64), type varchar(32), data varchar(2048)).",
)
def no_signals(source: Configuration, _: Setup) -> Iterator[Problem]:
    channels = set(source.entries("signal.enabled.channels")) - {"source"}
    if not source.get("signal.data.collection") and not channels:
        yield Problem("signal.data.collection is not set")
