"""What is wrong with the rows of a table, and what the events themselves can prove."""

from __future__ import annotations

from cdcctl.verify.findings.rule import Rule

RULES = (
    Rule(
        "VER001", "row-missing", "difference", "rows of MySQL that are not in Parquet",
        "The change that wrote the row never arrived, or a later delete of the same key did.",
        "Look for gaps in the Kafka offsets (VER012), a stopped connector (VER013, VER015) or dead letters (VER017); "
        "then send the rows again: cdcctl verify data --repair, or an execute-snapshot signal.",
    ),
    Rule(
        "VER002", "row-extra", "difference", "rows of Parquet that are no longer in MySQL",
        "The delete never arrived. TRUNCATE and a dropped partition write no row events, and Debezium skips truncate "
        "events by default (skipped.operations=t); nor does a row deleted with sql_log_bin=0, nor one that a foreign "
        "key's ON DELETE CASCADE takes along before MySQL 9.6. Or the row never was: what XA PREPARE wrote is sent; "
        "XA ROLLBACK takes nothing back.",
        "Use DELETE instead of TRUNCATE on captured tables; delete what is already there from the sink's table.",
    ),
    Rule(
        "VER003", "row-doubled", "difference", "rows that are more often in Parquet than in MySQL",
        "A table without a key was sent again, by a repeated snapshot or a restarted connector: without a key a "
        "repetition cannot be told from a second row.",
        "Give the table a primary key.",
    ),
    Rule(
        "VER004", "value-different", "difference", "values that are different in Parquet",
        "No known behaviour of a component explains it: an update was lost, or the value was changed on its way.",
        "Compare the examples; read the row's events in Kafka by its key to see where the value changes.",
    ),
    Rule(
        "VER040", "offset-doubled", "note", "events that were written to Parquet more than once",
        "The sink was killed between writing and committing and wrote the same offsets again. S3 sinks do when they "
        "finish files by the clock (rotate.schedule.interval.ms): the next run begins other files at the same offsets.",
        "Nothing: the fold takes each offset once. Counting rows without the fold would count them twice.",
    ),
    Rule(
        "VER041", "event-replayed", "note", "events that the source sent more than once",
        "The source connector was restarted before its position was stored (at-least-once delivery).",
        "Nothing: the fold takes the latest event of a key, and each binlog position once for tables without one.",
    ),
    Rule(
        "VER042", "updates-without-key", "known", "current rows cannot be told from Parquet alone",
        "An update of a table without a key arrives as the new row only; which row it replaced is not in the data. "
        "Proved: each row of MySQL is in Parquet, and as many others as there were updates. Not proved: which.",
        "Give the table a primary key.",
    ),
    Rule(
        "VER043", "key-in-partitions", "known", "one key is in several partitions",
        "Kafka keeps order within a partition only. The number of partitions was raised, or a transform changed the "
        "key; the latest event was chosen by its place in the binlog instead.",
        "Keep one number of partitions for the life of a topic.",
    ),
)  # fmt: skip
