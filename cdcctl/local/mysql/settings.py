"""The options every server started here runs with, whichever provider it comes from.

Everything Debezium needs (row binlog with full images, GTIDs) is said outright, so that a server's other defaults
cannot change what a run proves. The two flush settings leave the binlog and the redo log to the operating system's
cache at commit: a killed mysqld loses nothing, only a machine that loses its power would.
``loose-`` marks options that some supported version lacks or will drop.
"""

from __future__ import annotations

# Fixed when a data directory is made. The redo log starts small so that a copy of the directory is quick.
INITIALISE = (
    "--initialize-insecure",
    "--disable-log-bin",
    "--character-set-server=utf8mb4",
    "--loose-mysqlx=OFF",
    "--performance-schema=OFF",
    "--loose-innodb-redo-log-capacity=16M",
    "--secure-file-priv=NULL",
)

RUN = (
    "--server-id=1",
    "--log-bin=binlog",
    "--loose-binlog-format=ROW",
    "--binlog-row-image=FULL",
    "--binlog-row-metadata=MINIMAL",
    "--gtid-mode=ON",
    "--enforce-gtid-consistency=ON",
    "--sync-binlog=0",
    "--default-time-zone=+00:00",
    "--character-set-server=utf8mb4",
    "--skip-name-resolve",
    "--local-infile=OFF",
    "--secure-file-priv=NULL",
    "--loose-mysqlx=OFF",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=128M",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-flush-log-at-trx-commit=2",
    "--loose-innodb-redo-log-capacity=64M",
)
