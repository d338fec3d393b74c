"""``cdcctl verify data``: the tables of a running pipeline against what lies in S3, at one place of the binlog."""
