"""Where a component gives up by design, and what it needs then."""

from __future__ import annotations

from cdcctl.verify.findings.rule import Rule

RULES = (
    Rule(
        "VER080", "connector-gave-up", "known", "a connector gave up during a fault, and went on after a restart",
        "Kafka Connect does not start a failed task again, and MSK Connect leaves such a connector FAILED. What it "
        "had not finished waits in the binlog or in Kafka.",
        "Restart the connector once the reason in its log is cured; an alarm on its state says when.",
    ),
    Rule(
        "VER081", "registry-gave-up", "known", "the converter gave up on the registry",
        "A request to the Glue Schema Registry was throttled, failed or found nobody for longer than the client "
        "repeats it. The task fails then: of a converter's errors Kafka Connect repeats none, for they are no "
        "RetriableException.",
        "Restart the connector; nothing is lost. With dead_letters (errors.tolerance=all and a queue) a sink goes "
        "on, and cdcctl dlq replay sends again what was set aside. A longer registries.cache_ttl_ms asks more "
        "rarely.",
    ),
    Rule(
        "VER082", "storage-gave-up", "known", "the sink gave up on S3 or the catalog",
        "Requests failed for longer than the client repeats them, and the sink's task fails. Files of its that no "
        "commit names are written again by the next one.",
        "Restart the connector; nothing is lost. sink.properties iceberg.catalog.s3.retry.num-retries makes the "
        "Iceberg sink more patient.",
    ),
    Rule(
        "VER083", "statement-unparseable", "known", "a statement that Debezium cannot parse",
        "Debezium parses every statement of the server's binlog, of whatever database it is, and fails at the "
        "first one that its grammar does not know; so it does again after each restart.",
        "If the statement is of no captured table, set source.schema_history.skip_unparseable: true and restart; "
        "cdcctl evolve check tells before a statement runs.",
    ),
    Rule(
        "VER084", "binlog-purged", "known", "the binlog that the source would go on from is gone",
        "MySQL has purged the file in which the connector's offset lies. Changes since then cannot be read any "
        "more.",
        "Read the tables again: cdcctl offsets reset --part source --part history; source.snapshot_mode: "
        "when_needed does so by itself. Keep binlogs longer than a connector may stand still.",
    ),
    Rule(
        "VER085", "database-gave-up", "known", "the source gave up on MySQL",
        "After an error that it takes for passing, Debezium connects again by itself, for ever unless "
        "errors.max.retries says otherwise; one that it does not take for passing fails the task.",
        "Restart the connector; nothing is lost as long as the binlog is kept.",
    ),
    Rule(
        "VER086", "brokers-gave-up", "known", "a connector gave up on Kafka",
        "A record was not taken within delivery.timeout.ms (two minutes), or a transaction or a commit failed "
        "while the brokers were away.",
        "Restart the connector; nothing is lost. producer.override.delivery.timeout.ms makes the source more "
        "patient.",
    ),
    Rule(
        "VER087", "type-refused", "known", "the sink cannot write a value in the type that its column has",
        "The Iceberg sink keeps the type that a column had first. Later values had another: the column was changed, "
        "or dropped and made again, or a table with a BOOLEAN was, which the snapshot reads as TINYINT(1), a number, "
        "and a statement of the binlog as a boolean. The task fails, and again at the same event after each restart.",
        "Rename or drop the column in the sink's table and restart the connector; cdcctl evolve check tells before a "
        "statement runs (EVO040, EVO041).",
    ),
)  # fmt: skip
