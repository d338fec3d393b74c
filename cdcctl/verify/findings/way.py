"""What is wrong on the way of the events: files, connectors, schemas, predictions."""

from __future__ import annotations

from cdcctl.verify.findings.rule import Rule

RULES = (
    Rule(
        "VER010", "event-count", "difference", "not as many events as MySQL wrote row changes",
        "Each changed row is one event. Fewer: some were lost or filtered. More: a connector was restarted and sent "
        "some twice (at-least-once delivery), or a snapshot ran again.",
        "With fewer, read the source connector's log; with more, nothing: the latest event of each key decides.",
    ),
    Rule(
        "VER012", "parquet-file-missing", "difference", "Kafka offsets that are in no Parquet file",
        "Every event has an offset and every offset should be in one row. A run of missing ones inside the table "
        "means that a data file was lost, or a commit that named it.",
        "Restore the object from a bucket version, or set the sink's consumer group back to before the gap.",
    ),
    Rule(
        "VER013", "sink-stopped", "difference", "the sink connector does not run",
        "Its task has failed or was stopped; events wait in Kafka until it runs again or the topic's retention ends.",
        "The state description and its last log lines name the reason; restart it once that is cured.",
    ),
    Rule(
        "VER014", "sink-stalled", "difference", "the sink has not written the newest events",
        "It runs, but its consumer group stands before the end of the topic or its last commit is not done.",
        "Look for repeated errors in its log and for a coordinator that waits for a commit (control topic).",
    ),
    Rule(
        "VER015", "source-stopped", "difference", "the source connector does not run",
        "Its task has failed or was stopped; changes wait in MySQL's binlog until that is purged.",
        "The state description and its last log lines name the reason; restart it before the binlog is purged.",
    ),
    Rule(
        "VER016", "schema-refused", "difference", "the registry refused a schema version",
        "A change of the table made a schema that the registry's compatibility mode does not allow. The converter "
        "cannot write the event, and the source connector stops there.",
        "Undo or rewrite the change (give a new column a DEFAULT), or choose a mode that allows it; "
        "cdcctl evolve check says so before the change is made.",
    ),
    Rule(
        "VER017", "dead-letters", "difference", "events that went to the dead letter queue",
        "The sink could not convert or write them and was told to set them aside (errors.tolerance=all).",
        "Read their headers (__connect.errors.exception.message), cure the reason and send them again.",
    ),
    Rule(
        "VER018", "schema-versions", "difference", "other schema versions than expected",
        "Each change of a table's structure should register exactly one version with its first event.",
        "Compare the versions' definitions in the registry with the table's history.",
    ),
    Rule(
        "VER019", "table-missing", "difference", "a table that never arrived",
        "No event of the table was written: it is empty, it is not captured, or its connector stopped before.",
        "Name it under source.tables, and look at the connectors' state.",
    ),
    Rule(
        "VER060", "schema-unpredicted", "difference", "a schema version that was not predicted",
        "The tables at the start and the statements of the binlog went through the same Debezium, transformations and "
        "converter as in the pipeline, and none of it gave the definition that is registered.",
        "If the connector runs other versions or settings than the pipeline says, deploy it again. Otherwise this is a "
        "mistake of the prediction: report it with the statement.",
    ),
    Rule(
        "VER070", "files-disagree", "known", "the files of one table hold a column in different types",
        "The column's type was changed, and an S3 sink writes each schema version into files of its own. Query engines "
        "that take one type for the table refuse the other files or misread them.",
        "Write the table again under a new prefix, or read the files by their own schemas.",
    ),
    Rule(
        "VER071", "tail-lost", "difference", "the last events that the sink has passed are in no Parquet file",
        "The sink's consumer group and its commits stand behind these Kafka offsets, so it will not write them any "
        "more; but no row has them. A file was cut short or replaced, or an object was deleted.",
        "Restore the object from a bucket version, or set the sink's consumer group back to before the gap, or send "
        "the rows again by an incremental snapshot.",
    ),
)  # fmt: skip
