"""Where a table's history comes from: the registry, the schema history topic, and the connectors' own classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.errors import CdcctlError, NotFoundError, RemoteError
from cdcctl.evolve.history import History, Predictions, matched, read_versions
from cdcctl.evolve.schema_history import every_statement, statements_of
from cdcctl.kafka.records import Record, TopicReader
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.render.source import source_config
from cdcctl.schema.classpath import Jars, word_of
from cdcctl.schema.prediction import Child

Say = Callable[[str], None]


def history(pipeline: Pipeline, target: Target, table: str, say: Say) -> History:
    """All that is known of a table; what cannot be looked at becomes a note.

    :raises NotFoundError: neither the registry nor the schema history knows the table.
    """
    schema, registries = pipeline.schema_name(table), pipeline.registries
    notes: list[str] = []
    say("reading the registry")
    modes = {}
    versions = []
    for side, registry in (("key", registries.keys), ("value", registries.values)):
        found = target.registry.find_schema(registry, schema)
        if found:
            modes[side] = found.compatibility
            versions += read_versions(target.registry, registry, schema, "key" if side == "key" else "value")
    say("reading the schema history")
    records = _records(pipeline, target, notes)
    statements = statements_of(records, table)
    if not (versions or statements):
        raise NotFoundError(
            f"nothing is known of table {table}: no schema {schema} in {registries.keys} or {registries.values}",
            hint="write it as DATABASE.TABLE; has a row of it ever been captured?",
            details=notes,
        )
    say("asking the connector's classes which statement made which version")
    predicted = _predicted(pipeline, target, table, records, notes) if statements and versions else {}
    unordered = matched(versions, statements, predicted)
    return History(table, schema, modes, tuple(unordered), tuple(statements), tuple(notes), predicted)


def _records(pipeline: Pipeline, target: Target, notes: list[str]) -> list[Record]:
    topic = names.schema_history_topic(pipeline)
    try:
        reader = TopicReader(open_cluster(pipeline, target), target.check)
    except RemoteError as error:
        notes.append(f"statements are not known: {error.message}")
        return []
    try:
        records = reader.read(topic)
    except RemoteError as error:
        notes.append(f"statements are not known: {error.message}")
        return []
    finally:
        reader.close()
    if not records:
        notes.append(f"statements are not known: the schema history, topic {topic}, is empty or not there")
    return records


def _predicted(
    pipeline: Pipeline, target: Target, table: str, records: Sequence[Record], notes: list[str]
) -> Predictions:
    """What each statement led to, by the pipeline as it is rendered today."""
    try:
        with Child(Jars(word_of("debezium-mysql", pipeline.source.debezium))) as child:
            source = child.source(source_config(pipeline, target.region))
            answers = source.stream(every_statement(records))
    except CdcctlError as error:
        notes.append(f"statements and versions are put together by time only: {error.message}")
        return {}
    found: dict[int, tuple[str | None, str | None]] = {}
    for index, answer in enumerate(answers):
        for each in answer["tables"]:
            if each["id"] == table and each["after"]:
                found[index] = (each["after"]["key"], each["after"]["value"])
    return found
