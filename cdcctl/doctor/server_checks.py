"""Whether a MySQL server writes what Debezium reads, keeps it long enough, and lets the account read it."""

from __future__ import annotations

from collections.abc import Callable

from cdcctl.doctor.findings import Finding, fail, ok, unchecked, warn
from cdcctl.doctor.server import Server
from cdcctl.pipeline import Pipeline

Check = Callable[[Pipeline, Server], Finding]
# A night and a little more: a pipeline that stops in the evening must be able to go on in the morning.
_ENOUGH_HOURS = 24
_CLUSTER_GROUP = "in the cluster's parameter group, then reboot the writer"


def version(_pipeline: Pipeline, server: Server) -> Finding:
    """Debezium's MySQL connector supports MySQL 8 and later; MariaDB has a connector of its own."""
    told = f"{server.variables.get('version')} {server.variables.get('version_comment', '')}".strip()
    if "mariadb" in told.lower():
        return fail(f"the server is MariaDB ({told}), which this connector does not read", "use a MySQL server")
    if server.version < (8, 0):
        return fail(f"the server is MySQL {told}", "upgrade it to 8.0 or later")
    return ok(f"the server is MySQL {told}")


def binlog(_pipeline: Pipeline, server: Server) -> Finding:
    """Without a binlog nothing can be streamed."""
    if server.variables.get("log_bin") == "ON":
        return ok("log_bin is ON")
    # Aurora has no switch of its own: a format turns the binlog on.
    cure = f"set binlog_format to ROW {_CLUSTER_GROUP}" if server.managed else "start mysqld with --log-bin"
    return fail("log_bin is OFF: the server writes no binlog", cure)


def binlog_format(_pipeline: Pipeline, server: Server) -> Finding:
    """BinlogSourceTask.validateBinlogConfiguration refuses anything but ROW."""
    found = server.variables.get("binlog_format", "ROW")
    if found == "ROW":
        return ok("binlog_format is ROW")
    return fail(f"binlog_format is {found}: changes are not written as rows", _set(server, "binlog_format", "ROW"))


def row_image(_pipeline: Pipeline, server: Server) -> Finding:
    """FULL, or NOBLOB with placeholders for unchanged BLOB and TEXT values; nothing else is accepted."""
    found = server.variables.get("binlog_row_image", "FULL")
    cure = _set(server, "binlog_row_image", "FULL")
    if found == "FULL":
        return ok("binlog_row_image is FULL")
    if found == "NOBLOB":
        return warn("binlog_row_image is NOBLOB: BLOB and TEXT values that did not change are not in an event", cure)
    return fail(f"binlog_row_image is {found}: rows are not written whole", cure)


def row_metadata(_pipeline: Pipeline, server: Server) -> Finding:
    """Debezium takes column names from its schema history, so MINIMAL will do."""
    found = server.variables.get("binlog_row_metadata", "MINIMAL")
    if found == "FULL":
        return ok("binlog_row_metadata is FULL")
    return ok(f"binlog_row_metadata is {found}, with which Debezium can do; FULL would help others who read the binlog")


def partial_json(_pipeline: Pipeline, server: Server) -> Finding:
    """Debezium does not read updates that hold only the changed part of a JSON value (its MySQL documentation)."""
    if "PARTIAL_JSON" in server.variables.get("binlog_row_value_options", ""):
        cure = _set(server, "binlog_row_value_options", "''")
        return fail("binlog_row_value_options is PARTIAL_JSON: updates of JSON columns cannot be read", cure)
    return ok("JSON values are written whole")


def retention(_pipeline: Pipeline, server: Server) -> Finding:
    """A source that stands still for longer than the binlog is kept has to take a new snapshot."""
    if server.managed:
        return _managed_retention(server)
    seconds = int(server.variables.get("binlog_expire_logs_seconds", "0"))
    hours = seconds // 3600
    if seconds == 0:
        return ok("the binlog is kept until somebody purges it (binlog_expire_logs_seconds is 0)")
    if hours < _ENOUGH_HOURS:
        cure = "SET PERSIST binlog_expire_logs_seconds = 259200"
        return warn(f"the binlog is kept for {hours} hours: a source that stands still longer loses its place", cure)
    return ok(f"the binlog is kept for {hours} hours")


def _managed_retention(server: Server) -> Finding:
    cure = "CALL mysql.rds_set_configuration('binlog retention hours', 72)"
    if server.kept_hours is None:
        told = "how long the binlog is kept could not be checked: the account may not read mysql.rds_configuration"
        return unchecked(told, "as administrator: CALL mysql.rds_show_configuration")
    if not server.kept_hours.isdigit() or server.kept_hours == "0":
        return fail("'binlog retention hours' is not set: the binlog may be purged before it is read", cure)
    if int(server.kept_hours) < _ENOUGH_HOURS:
        told = f"the binlog is kept for {server.kept_hours} hours: a source that stands still longer loses its place"
        return warn(told, cure)
    return ok(f"the binlog is kept for {server.kept_hours} hours")


def gtid(_pipeline: Pipeline, server: Server) -> Finding:
    """With GTIDs the source finds its place again on another server of the same cluster."""
    mode, enforced = (server.variables.get(name, "OFF") for name in ("gtid_mode", "enforce_gtid_consistency"))
    if mode != "ON":
        names = "gtid-mode and enforce_gtid_consistency to ON"
        cure = f"set {names} {_CLUSTER_GROUP}" if server.managed else f"set {names}, as MySQL's manual describes it"
        return warn(f"gtid_mode is {mode}: after a failover the source cannot find its place", cure)
    if enforced != "ON":
        return warn(f"enforce_gtid_consistency is {enforced}", _set(server, "enforce_gtid_consistency", "ON"))
    if not server.variables.get("gtid_executed"):
        cure = "write anything: CREATE DATABASE IF NOT EXISTS cdcctl_first"
        return fail("gtid_mode is ON, but no transaction was ever written: Debezium cannot take a snapshot yet", cure)
    return ok("gtid_mode is ON")


def server_id(pipeline: Pipeline, server: Server) -> Finding:
    """Two readers of one server id throw each other out."""
    wanted = pipeline.source.server_id
    cure = "choose another source.server_id"
    if server.variables.get("server_id") == str(wanted):
        return fail(f"server id {wanted} is the server's own", cure)
    if server.replicas is None:
        told = f"whether server id {wanted} is free could not be checked: the account may not list replicas"
        return unchecked(told, "GRANT REPLICATION SLAVE ON *.* TO the account")
    if wanted in server.replicas:
        told = f"server id {wanted} is taken by a replica at {server.replicas[wanted]}"
        return fail(told, f"{cure}, unless that is this pipeline's own connector")
    # A binlog client such as Debezium's does not register.
    return ok(f"no registered replica has server id {wanted}; other connectors cannot be seen from here")


def time_zone(_pipeline: Pipeline, server: Server) -> Finding:
    """DATETIME has no zone: Debezium sends it as if it were UTC. TIMESTAMP is UTC whatever the zone."""
    found, system = (server.variables.get(name, "") for name in ("time_zone", "system_time_zone"))
    zone = system if found == "SYSTEM" else found
    if zone in ("UTC", "+00:00", "Etc/UTC", "GMT"):
        return ok(f"the server's time zone is {zone}")
    told = f"the server's time zone is {zone}: DATETIME values written as local time are sent as if they were UTC"
    return warn(told, "write DATETIME in UTC, use TIMESTAMP, or convert where the files are read")


def sql_mode(_pipeline: Pipeline, server: Server) -> Finding:
    """ANSI_QUOTES makes DDL that Debezium cannot parse; without strict mode values are stored that are none."""
    modes = server.variables.get("sql_mode", "").split(",")
    if "ANSI_QUOTES" in modes:
        told = "sql_mode has ANSI_QUOTES: a table created with quoted names stops the source, in whatever database"
        return warn(told, "take it out, or set source.schema_history.skip_unparseable: true")
    if not {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"} & set(modes):
        told = "sql_mode is not strict: MySQL stores zero dates and truncated values, which arrive as something else"
        return warn(told, "SET PERSIST sql_mode with STRICT_TRANS_TABLES")
    return ok("sql_mode is strict and without ANSI_QUOTES")


def replication_grants(_pipeline: Pipeline, server: Server) -> Finding:
    """Without these the binlog cannot be read (Debezium's MySQL documentation, "Creating a user")."""
    return _missing(server, ["REPLICATION SLAVE", "REPLICATION CLIENT"], "read the binlog")


def snapshot_grants(pipeline: Pipeline, server: Server) -> Finding:
    """What a snapshot needs to hold off writes for a moment; Aurora and RDS forbid the global lock."""
    source = pipeline.source
    if source.snapshot_mode in ("no_data", "never") or source.snapshot_locking == "none":
        return ok("no snapshot of rows takes locks")
    needed = ["FLUSH_TABLES" if server.grants.has("FLUSH_TABLES") else "RELOAD"]
    needed += ["LOCK TABLES"] if server.managed else []
    # Databases of which the account has a table are listed in any case.
    needed += [] if source.is_spelled_out else ["SHOW DATABASES"]
    return _missing(server, needed, "take a snapshot")


def signal_grants(pipeline: Pipeline, server: Server) -> Finding:
    """Incremental snapshots write their watermarks into the signal table."""
    table = pipeline.source.signals
    if table is None:
        return ok("there is no signal table")
    missing = [each for each in ("INSERT", "DELETE") if not server.grants.has(each, table)]
    if not missing:
        return ok(f"the account may write to the signal table {table}")
    told = f"the account may not {' and '.join(missing)} in {table}: a table cannot be sent again while the source runs"
    return warn(told, f"GRANT INSERT, DELETE ON {table} TO {_sql(server.account)}")


def _missing(server: Server, needed: list[str], purpose: str) -> Finding:
    missing = [each for each in needed if not server.grants.has(each)]
    if not missing:
        return ok(f"account {server.account} may {purpose}")
    told = f"account {server.account} lacks {', '.join(missing)}: it cannot {purpose}"
    return fail(told, f"GRANT {', '.join(missing)} ON *.* TO {_sql(server.account)}")


def _set(server: Server, name: str, value: str) -> str:
    return f"set {name} to {value} {_CLUSTER_GROUP}" if server.managed else f"SET PERSIST {name} = {value}"


def _sql(account: str) -> str:
    user, _, host = account.rpartition("@")
    return f"'{user}'@'{host}'"


CHECKS: dict[str, Check] = {
    "version": version,
    "binlog": binlog,
    "binlog format": binlog_format,
    "row image": row_image,
    "row metadata": row_metadata,
    "partial JSON": partial_json,
    "binlog retention": retention,
    "GTID": gtid,
    "server id": server_id,
    "time zone": time_zone,
    "SQL mode": sql_mode,
    "replication grants": replication_grants,
    "snapshot grants": snapshot_grants,
    "signal grants": signal_grants,
}
