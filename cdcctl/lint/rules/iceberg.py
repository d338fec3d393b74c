"""The Apache Iceberg sink: routing, tables of the Glue Data Catalog, commits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdcctl.lint.brokers import edits, missing_settings, security_of
from cdcctl.lint.configuration import ICEBERG, Configuration, Setup
from cdcctl.lint.known import FORKS_KEYS
from cdcctl.lint.rule import Problem, drop, put, rule
from cdcctl.render.iceberg import BUFFERS_OF_A_WRITER, LARGEST_PAGE, PAGE_SIZE, fitting_page

_ONLY = (ICEBERG,)
_SHORTEST_COMMIT_MS = 10_000
# The sink's default is two for each processor; the smallest worker has one.
_COMMIT_THREADS = 2
# Of a worker's 4 GiB per MCU, half is heap, and half of that is enough to work with.
_ROOM_FOR_BUFFERS = 1 << 30


def _is_glue(sink: Configuration) -> bool:
    implementation, kind = sink.get("iceberg.catalog.catalog-impl"), sink.get("iceberg.catalog.type")
    return implementation.endswith(".GlueCatalog") or kind == "glue"


@rule(
    "CDC130",
    "error",
    _ONLY,
    title="it is not said which table a record goes to",
    why="The sink refuses a configuration with neither tables nor a field to route by, and one with both.",
    source="IcebergSinkConfig.validate",
    cure="Name iceberg.tables, or set iceberg.tables.dynamic-enabled and iceberg.tables.route-field.",
)
def no_route(sink: Configuration, _: Setup) -> Iterator[Problem]:
    tables, dynamic = sink.entries("iceberg.tables"), sink.flag("iceberg.tables.dynamic-enabled")
    if tables and dynamic:
        yield Problem("iceberg.tables and iceberg.tables.dynamic-enabled exclude each other", "iceberg.tables")
    elif dynamic and not sink.get("iceberg.tables.route-field"):
        yield Problem("iceberg.tables.route-field is not set", "iceberg.tables.dynamic-enabled")
    elif not tables and not dynamic:
        yield Problem("iceberg.tables is not set")


@rule(
    "CDC131",
    "error",
    _ONLY,
    title="every record goes into every table",
    why="With several tables and no field to route by, the sink writes each record to all of them, and gives each "
    "table the columns of all.",
    source="SinkWriter.routeRecordStatically of the Iceberg sink",
    cure="Write the topic into a column (InsertField$Value with topic.field), route by it with "
    "iceberg.tables.route-field, and give each table its route-regex.",
)
def routed_everywhere(sink: Configuration, _: Setup) -> Iterator[Problem]:
    tables = sink.entries("iceberg.tables")
    if len(tables) > 1 and not sink.get("iceberg.tables.route-field"):
        yield Problem(f"{len(tables)} tables, and iceberg.tables.route-field is not set", "iceberg.tables")


@rule(
    "CDC132",
    "error",
    _ONLY,
    title="a table that gets nothing",
    why="Where records are routed by a field, a table without route-regex takes none, and a record that no table "
    "takes is dropped without a word.",
    source="SinkWriter.routeRecordStatically of the Iceberg sink",
    cure="Set iceberg.table.TABLE.route-regex for each table of iceberg.tables.",
)
def no_route_regex(sink: Configuration, _: Setup) -> Iterator[Problem]:
    tables = sink.entries("iceberg.tables")
    for table in tables if sink.get("iceberg.tables.route-field") else ():
        if not sink.get(f"iceberg.table.{table}.route-regex"):
            yield Problem(f"iceberg.table.{table}.route-regex is not set", "iceberg.tables")


@rule(
    "CDC133",
    "warning",
    _ONLY,
    title="tables are not created",
    why="iceberg.tables.auto-create-enabled is false by default: the task fails at the first record of a table that "
    "is not there.",
    source="IcebergSinkConfig; IcebergWriterFactory.createWriter",
    cure="Set it to true; or to false, if the tables are made otherwise.",
)
def not_created(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if not sink.get("iceberg.tables.auto-create-enabled"):
        yield Problem("iceberg.tables.auto-create-enabled is not set")


@rule(
    "CDC134",
    "warning",
    _ONLY,
    title="new columns do not arrive",
    why="Unless iceberg.tables.evolve-schema-enabled is true, the sink writes only the columns a table has: the "
    "values of a column added in MySQL are dropped without a word.",
    source="RecordConverter.convertToStruct of the Iceberg sink: skipped unless schemas evolve",
    cure="Set iceberg.tables.evolve-schema-enabled to true.",
)
def schema_stands_still(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.tables.evolve-schema-enabled"
    if not sink.flag(key):
        stated = "is false" if sink.get(key) else "is not set"
        yield Problem(f"{key} {stated}", key, put(key, "true"))


@rule(
    "CDC135",
    "warning",
    _ONLY,
    title="many small files and snapshots",
    why="Each commit closes a file for each table, partition and task and adds a snapshot to the table: at one second "
    "that is 86,400 a day. Readers open all of them.",
    source="measured: 13 commits at 3 s made 13 files; Coordinator of the Iceberg sink, default 300000",
    cure="Set iceberg.control.commit.interval-ms to 60000 or more, and compact the tables.",
)
def small_commits(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.control.commit.interval-ms"
    interval = sink.number(key)
    if interval is not None and interval < _SHORTEST_COMMIT_MS:
        yield Problem(f"{key} is {interval}", key)


@rule(
    "CDC136",
    "error",
    _ONLY,
    title="an option that only the sink's predecessor had",
    why="Apache's sink appends; it has no upsert and applies no deletes. It ignores these options, so every change is "
    "one more row, and a table that looks like the current state is not.",
    source="IcebergSinkConfig of Apache Iceberg 1.12; databricks/iceberg-kafka-connect",
    cure="Remove it; fold the rows by their offset when reading, in a view or with MERGE.",
)
def forks_option(sink: Configuration, _: Setup) -> Iterator[Problem]:
    for key in sink.values:
        if key in FORKS_KEYS or key.startswith("iceberg.tables.cdc"):
            yield Problem(f"{key} is not read", key, drop(key))


@rule(
    "CDC137",
    "error",
    _ONLY,
    title="the control topic's clients cannot reach the brokers",
    why="The sink makes its own clients for the control topic. MSK Connect does not configure them, and without their "
    "settings no commit is ever made: the task runs, files are written, the tables stay empty.",
    source="IcebergSinkConfig.kafkaProps and loadWorkerProps; MSK developer guide, port information",
    cure="Set security.protocol and, for IAM, sasl.* below iceberg.kafka.",
)
def control_without_security(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.kafka.bootstrap.servers"
    security = security_of(sink.get(key))
    missing = missing_settings(sink, "iceberg.kafka.", security) if security else {}
    if missing:
        fix = tuple(edits("iceberg.kafka.", missing))
        yield Problem(f"the brokers take {security}; {', '.join(e.key for e in fix)} must be set", key, fix)


@rule(
    "CDC138",
    "error",
    _ONLY,
    title="a table name that the Glue catalog refuses",
    why="GlueCatalog takes small letters, digits and underscores, and throws for any other name. Uppercase letters "
    "would be folded by Glue anyway.",
    source="IcebergToGlueConverter.validateTableName and validateNamespace; AwsProperties, glue.skip-name-validation",
    cure="Choose another table name (a pipeline file's sink.database is another database); or set "
    "iceberg.catalog.glue.skip-name-validation=true, if its readers can quote it.",
)
def illegal_table(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if not _is_glue(sink) or sink.flag("iceberg.catalog.glue.skip-name-validation"):
        return
    for table in sink.entries("iceberg.tables"):
        if not re.fullmatch(r"[a-z0-9_]{1,252}\.[a-z0-9_]{1,255}", table):
            yield Problem(f"{table} is no name for Glue", "iceberg.tables")


@rule(
    "CDC139",
    "warning",
    _ONLY,
    title="the first commits come after five minutes",
    why="A coordinator that looks for the control topic before it exists looks again when its metadata is renewed, by "
    "default after five minutes; nothing is committed until then.",
    source="Kafka consumer, metadata.max.age.ms; measured",
    cure="Set iceberg.kafka.metadata.max.age.ms to 10000, or create the control topic first.",
)
def late_control_topic(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.kafka.metadata.max.age.ms"
    if sink.number(key, 300_000) == 300_000:
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", key, put(key, "10000"))


@rule(
    "CDC140",
    "error",
    _ONLY,
    title="files that were written never become part of the table",
    why="The coordinator reads the control topic from its end unless told otherwise. What a worker announces before "
    "the coordinator has got its partition is never read; the rows' offsets are committed all the same, so they are "
    "lost.",
    source="apache/iceberg#18006; measured",
    cure="Set iceberg.kafka.auto.offset.reset to earliest.",
)
def control_from_end(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.kafka.auto.offset.reset"
    if sink.get(key) != "earliest":
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", key, put(key, "earliest"))


@rule(
    "CDC141",
    "warning",
    _ONLY,
    title="dropping a NOT NULL column stops the task",
    why="The sink keeps a dropped column, and keeps it required if it was NOT NULL. The first row without it ends the "
    "task.",
    source="SchemaUtils of the Iceberg sink; measured",
    cure="Set iceberg.tables.schema-force-optional to true; for a table that exists, make its columns optional.",
)
def required_columns(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.tables.schema-force-optional"
    if not sink.flag(key):
        yield Problem(f"{key} is {sink.get(key) or 'not set'}", key, put(key, "true"))


@rule(
    "CDC142",
    "warning",
    _ONLY,
    title="a rebalance in the middle of a commit stops all commits for five minutes",
    why="A rebalance shuts the commit threads down. A table that still waits for a thread is waited for without end; "
    "the coordinator reads nothing more, and the one that follows it gets nothing to read, until Kafka puts the first "
    "out of its group after max.poll.interval.ms. New topics, tasks and workers make rebalances.",
    source="Coordinator.terminate of the Iceberg sink and Tasks.waitFor; apache/iceberg#16016; measured",
    cure="Set iceberg.control.commit.threads to the number of tables; with very many, spread them over several sinks.",
)
def tables_wait_for_threads(sink: Configuration, _: Setup) -> Iterator[Problem]:
    key = "iceberg.control.commit.threads"
    tables, threads = len(sink.entries("iceberg.tables")), sink.number(key, _COMMIT_THREADS)
    if threads is not None and tables > threads:
        yield Problem(f"{tables} tables, and {key} is {sink.get(key) or 'not set'}", key, put(key, str(tables)))


@rule(
    "CDC143",
    "warning",
    _ONLY,
    title="Parquet writers of all tables do not fit into the worker's memory",
    why="The sink keeps a Parquet writer open for each table with rows since the last commit, and a writer takes two "
    "buffers of a page's size (1 MiB) to compress in, however few the rows: 1,000 tables are more than 2 GB. A "
    "snapshot writes to all tables at once; the worker runs out of heap, and again after each restart. A worker has "
    "4 GiB per MCU, of which the heap is a part.",
    source="CodecFactory of parquet-hadoop; MSK Connect developer guide, capacity; measured",
    cure="Make pages smaller with iceberg.tables.write-props.write.parquet.page-size-bytes, take workers with more "
    "MCUs, or spread the tables over several sinks.",
)
def writers_fill_the_heap(sink: Configuration, _: Setup) -> Iterator[Problem]:
    writes = "iceberg.tables.write-props.write"
    if sink.get(f"{writes}.format.default", "parquet") != "parquet":
        return
    if sink.get(f"{writes}.parquet.compression-codec") == "uncompressed":
        return
    tables, page, mcu = len(sink.entries("iceberg.tables")), sink.number(PAGE_SIZE, LARGEST_PAGE), sink.deployment.mcu
    buffers = tables * BUFFERS_OF_A_WRITER * (page or 0)
    if buffers > _ROOM_FOR_BUFFERS * (mcu or 1):
        worker = f"{4 * (mcu or 1)} GiB of the worker"
        message = f"{tables} tables take {buffers >> 20} MiB for writers' buffers, of {worker}"
        smaller = fitting_page(tables, mcu or 1)
        yield Problem(message, PAGE_SIZE, put(PAGE_SIZE, str(smaller)) if smaller < (page or 0) else ())
