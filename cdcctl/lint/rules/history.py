"""The schema history: where Debezium keeps the DDL that it has seen, and without which it cannot start again."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import history, prefix, table_topics
from cdcctl.lint.brokers import edits, missing_settings, security_of
from cdcctl.lint.configuration import DEBEZIUM, Configuration, Setup
from cdcctl.lint.rule import Problem, put, rule

_ONLY = (DEBEZIUM,)
_CLIENTS = ("producer", "consumer")


@rule(
    "CDC080",
    "error",
    _ONLY,
    title="the schema history has no topic or no brokers",
    why="The connector keeps the structure of all tables there and does not start without.",
    source="KafkaSchemaHistory of Debezium (KafkaDatabaseHistory in 1.9): both are required",
    cure="Set kafka.topic and kafka.bootstrap.servers of schema.history.internal (1.9: database.history).",
)
def incomplete_history(source: Configuration, setup: Setup) -> Iterator[Problem]:
    stem = history(source, setup)
    if "Kafka" in source.get(stem, "Kafka"):
        for name in ("kafka.topic", "kafka.bootstrap.servers"):
            if not source.get(f"{stem}.{name}") and not _under_other_name(source, name):
                yield Problem(f"{stem}.{name} is missing")


def _under_other_name(source: Configuration, name: str) -> bool:
    """Whether it is there under the name of the other major version, which has a rule of its own."""
    return bool(source.get(f"database.history.{name}") or source.get(f"schema.history.internal.{name}"))


@rule(
    "CDC081",
    "error",
    _ONLY,
    title="a schema history that does not outlive the worker",
    why="MSK Connect replaces workers, and with them their memory and their disks. After that the connector cannot "
    "start without a new snapshot of the tables' structure.",
    source="MSK Connect developer guide, workers; FileSchemaHistory and MemorySchemaHistory of Debezium",
    cure="Keep it in Kafka: remove the property, and set kafka.topic and kafka.bootstrap.servers below it.",
)
def fleeting_history(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = history(source, setup)
    name = source.get(key).rpartition(".")[2]
    if name.startswith(("File", "Memory")):
        yield Problem(f"{key} is {name}", key)


@rule(
    "CDC082",
    "error",
    _ONLY,
    title="two connectors share one schema history",
    why="Each would read the other's DDL as its own when it starts, and take tables for others.",
    source="Debezium MySQL documentation, schema.history.internal.kafka.topic: for this connector only",
    cure="Give each connector its own topic.",
)
def shared_history(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = f"{history(source, setup)}.kafka.topic"
    topic = source.get(key)
    for other in setup.of(DEBEZIUM) if topic else ():
        if other is not source and other.get(f"{history(other, setup)}.kafka.topic") == topic:
            yield Problem(f"another source here keeps its history in {topic}, too", key)
            return


@rule(
    "CDC083",
    "error",
    _ONLY,
    title="the schema history is in a topic of events",
    why="Records of events between those of the history stop the connector's next start, and the topic's retention "
    "would remove what must stay for ever. The topic called like the prefix is that of schema changes.",
    source="KafkaSchemaHistory.recoverRecords of Debezium; Debezium MySQL documentation, schema change topic",
    cure="Give the history a topic of its own, with one partition and without retention.",
)
def history_among_events(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = f"{history(source, setup)}.kafka.topic"
    name = prefix(source)
    if source.get(key) and source.get(key) in (name, f"__debezium-heartbeat.{name}", *table_topics(source).values()):
        yield Problem(f"{source.get(key)} takes events as well", key)


@rule(
    "CDC084",
    "error",
    _ONLY,
    title="the schema history's clients cannot reach the brokers",
    why="MSK Connect configures the connector's own clients only. Debezium makes a producer and a consumer of its own "
    "for the history, and without their settings the task fails after a time-out.",
    source="MSK developer guide, Debezium source connector example and port information",
    cure="Set security.protocol and, for IAM, sasl.* below schema.history.internal.producer and .consumer.",
)
def history_without_security(source: Configuration, setup: Setup) -> Iterator[Problem]:
    stem = history(source, setup)
    key = f"{stem}.kafka.bootstrap.servers"
    security = security_of(source.get(key))
    for client in _CLIENTS if security else ():
        own = f"{stem}.{client}."
        missing = missing_settings(source, own, security) if security else {}
        if missing:
            settings = ", ".join(own + name for name in missing)
            yield Problem(f"the brokers take {security}; {settings} must be set", key, tuple(edits(own, missing)))


@rule(
    "CDC085",
    "error",
    _ONLY,
    title="only one of the schema history's two clients is configured",
    why="The producer writes the history, the consumer reads it at the next start. With one of them left out the "
    "connector fails either at once or at its first restart.",
    source="KafkaSchemaHistory of Debezium",
    cure="Give producer and consumer the same settings.",
)
def half_configured_history(source: Configuration, setup: Setup) -> Iterator[Problem]:
    stem = history(source, setup)
    if security_of(source.get(f"{stem}.kafka.bootstrap.servers")):
        return  # CDC084 knows what is missing.
    for client, other in (_CLIENTS, _CLIENTS[::-1]):
        key, missing = (f"{stem}.{each}.security.protocol" for each in (client, other))
        if source.get(key) and not source.get(missing):
            yield Problem(f"{missing} is not set", key)


@rule(
    "CDC086",
    "warning",
    _ONLY,
    title="statements that Debezium cannot parse are passed over",
    why="The model of the table then stays as it was. If the number of columns is the same afterwards, values are "
    "taken by their position into the wrong columns, without a word; otherwise the task fails at the next row.",
    source="BinlogDatabaseSchema.parseDdl of Debezium; derived",
    cure="Leave it false. When a statement stops the connector, set it for that restart only, or send a "
    "schema-changes signal, and verify the tables.",
)
def unparseable_passed_over(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = f"{history(source, setup)}.skip.unparseable.ddl"
    if source.flag(key):
        yield Problem(f"{key} is true", key, put(key, "false"))


@rule(
    "CDC087",
    "warning",
    _ONLY,
    title="the history knows captured tables only",
    why="A table that is added to the list later has no structure in it and needs a recovery first; an online schema "
    "change (gh-ost, pt-osc) across a restart loses the captured table's structure, because its helper table was "
    "never kept.",
    source="Debezium MySQL documentation, schema.history.internal.store.only.captured.tables.ddl; executed (RENAME "
    "TABLE)",
    cure="Leave it false, unless the server has so many tables that starting takes too long.",
)
def captured_tables_only(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = f"{history(source, setup)}.store.only.captured.tables.ddl"
    if source.flag(key):
        yield Problem(f"{key} is true", key)


@rule(
    "CDC088",
    "note",
    _ONLY,
    title="this does not keep other databases' statements away",
    why="store.only.captured.databases.ddl limits what is kept, not what is parsed: one statement in any database of "
    "the server that Debezium cannot parse still stops the connector, and so it does after a restart.",
    source="BinlogDatabaseSchema.parseDdl of Debezium: parsed first, filtered afterwards; measured with "
    "database.include.list",
    cure="Check migrations of every database of the server before they run: cdcctl evolve check.",
)
def other_databases(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = f"{history(source, setup)}.store.only.captured.databases.ddl"
    if source.flag(key):
        yield Problem(f"{key} is true", key)


@rule(
    "CDC089",
    "error",
    _ONLY,
    title="the client of the signal topic cannot reach the brokers",
    why="MSK Connect configures the connector's own clients only. Debezium makes a consumer of its own for signals "
    "from Kafka; without its settings no signal is ever read.",
    source="KafkaSignalChannel of Debezium: signal.consumer.*; MSK developer guide, port information",
    cure="Set security.protocol and, for IAM, sasl.* below signal.consumer.",
)
def signals_without_security(source: Configuration, setup: Setup) -> Iterator[Problem]:
    if "kafka" not in source.entries("signal.enabled.channels"):
        return
    key = "signal.kafka.bootstrap.servers"
    # Where it is not given the history's brokers are meant.
    security = security_of(source.get(key) or source.get(f"{history(source, setup)}.kafka.bootstrap.servers"))
    missing = missing_settings(source, "signal.consumer.", security) if security else {}
    if missing:
        settings = ", ".join(f"signal.consumer.{name}" for name in missing)
        yield Problem(
            f"the brokers take {security}; {settings} must be set", key, tuple(edits("signal.consumer.", missing))
        )
