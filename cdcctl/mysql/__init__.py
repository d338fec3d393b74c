"""MySQL as a replication source: where its binlog stands and how long it is kept."""
