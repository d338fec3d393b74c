"""The Debezium source while it streams: queues, and what it does with what it cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.configuration import DEBEZIUM, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_ONLY = (DEBEZIUM,)
# Milliseconds; twice that is how long a stream may stand still.
_KEEP_ALIVE = 30_000


@rule(
    "CDC040",
    "error",
    _ONLY,
    title="a queue that is not larger than a batch",
    why="Debezium refuses it.",
    source="CommonConnectorConfig.validateMaxQueueSize of Debezium; defaults 8192 and 2048",
    cure="Make max.queue.size larger than max.batch.size; four times is usual.",
)
def small_queue(source: Configuration, _: Setup) -> Iterator[Problem]:
    queue, batch = source.number("max.queue.size", 8192), source.number("max.batch.size", 2048)
    if queue is not None and batch is not None and queue <= batch:
        key = "max.queue.size" if "max.queue.size" in source.values else "max.batch.size"
        yield Problem(f"max.queue.size is {queue}, max.batch.size {batch}", key, put("max.queue.size", str(4 * batch)))


@rule(
    "CDC041",
    "warning",
    _ONLY,
    title="changes of some kind are not captured",
    why="Rows in Parquet no longer follow MySQL once creates, updates, deletes or reads of the snapshot are skipped.",
    source="Debezium MySQL documentation, skipped.operations",
    cure="Set skipped.operations to t, its default: truncations cannot be carried by rows in any case.",
)
def skipped_operations(source: Configuration, _: Setup) -> Iterator[Problem]:
    kinds = {"c": "creates", "u": "updates", "d": "deletes", "r": "reads of the snapshot"}
    skipped = [kinds[each] for each in source.entries("skipped.operations") if each in kinds]
    if skipped:
        yield Problem(f"{', '.join(skipped)} are skipped", "skipped.operations")


@rule(
    "CDC042",
    "warning",
    _ONLY,
    title="events that cannot be read are passed over",
    why="Rows are then missing in Parquet, with at best a line in the log.",
    source="Debezium MySQL documentation, …failure.handling.mode and inconsistent.schema.handling.mode",
    cure="Set it to fail, its default.",
)
def events_passed_over(source: Configuration, _: Setup) -> Iterator[Problem]:
    for key in (
        "event.processing.failure.handling.mode",
        "event.deserialization.failure.handling.mode",
        "inconsistent.schema.handling.mode",
    ):
        if source.get(key) in ("warn", "skip", "ignore"):
            yield Problem(f"{key} is {source.get(key)}", key, put(key, "fail"))


@rule(
    "CDC043",
    "warning",
    _ONLY,
    title="values that cannot be converted become NULL without a word",
    why="With event.converting.failure.handling.mode=skip nothing is logged, and the column is NULL in Parquet.",
    source="Debezium MySQL documentation, event.converting.failure.handling.mode",
    cure="Set it to fail, or to warn at least.",
)
def values_passed_over(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "event.converting.failure.handling.mode"
    if source.get(key) == "skip":
        yield Problem(f"{key} is skip", key, put(key, "warn"))


@rule(
    "CDC044",
    "note",
    _ONLY,
    title="a busy server can outrun a quiet table",
    why="Offsets move only with an event. While only other tables change they stand still, until the binlog file they "
    "point to is purged; after the next restart the connector cannot go on.",
    source="Debezium MySQL documentation, heartbeat.interval.ms; measured: offsets lag while only uncaptured tables "
    "change",
    cure="Set heartbeat.interval.ms, such as 60000, and allow the topic __debezium-heartbeat.PREFIX.",
)
def no_heartbeat(source: Configuration, _: Setup) -> Iterator[Problem]:
    if not source.number("heartbeat.interval.ms", 0):
        yield Problem("heartbeat.interval.ms is not set", "heartbeat.interval.ms")


@rule(
    "CDC045",
    "note",
    _ONLY,
    title="the source notices late that MySQL was restarted",
    why="After a failover or a restart of MySQL the reader of the binlog stands still, RUNNING, until its keep-alive "
    "thread looks again and has seen no event for that long: one to two minutes with the default of 60000.",
    source="BinaryLogClient.spawnKeepAliveThread; measured with kill -9 of mysqld",
    cure="Set connect.keep.alive.interval.ms to 10000.",
)
def late_keep_alive(source: Configuration, _: Setup) -> Iterator[Problem]:
    key = "connect.keep.alive.interval.ms"
    interval = source.number(key, 60_000)
    if interval is not None and interval > _KEEP_ALIVE:
        said = f"{key} is {source.get(key)}" if key in source.values else f"{key} is not set"
        yield Problem(said, key, put(key, "10000"))
