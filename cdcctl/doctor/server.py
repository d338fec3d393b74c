"""What is asked of a MySQL server once, for all checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdcctl.doctor.grants import Grants
from cdcctl.errors import RemoteError
from cdcctl.mysql.session import Session

_VARIABLES = (
    "basedir",
    "binlog_expire_logs_seconds",
    "binlog_format",
    "binlog_row_image",
    "binlog_row_metadata",
    "binlog_row_value_options",
    "enforce_gtid_consistency",
    "gtid_executed",
    "gtid_mode",
    "log_bin",
    "server_id",
    "sql_mode",
    "system_time_zone",
    "time_zone",
    "version",
    "version_comment",
)


@dataclass(frozen=True)
class Server:
    """A server as the pipeline's account sees it.

    :ivar variables: global variables by name; one that this version does not have is not among them.
    :ivar replicas: server id → host of every registered replica; None when the account may not ask.
    :ivar kept_hours: for how long Aurora and RDS keep the binlog, as they have it ("" is not set); None elsewhere,
        and where the account may not ask.
    """

    account: str
    variables: Mapping[str, str]
    grants: Grants
    replicas: Mapping[int, str] | None
    managed: bool
    kept_hours: str | None = None

    @property
    def version(self) -> tuple[int, ...]:
        """Such as (8, 0, 36)."""
        digits = self.variables.get("version", "0").partition("-")[0].split(".")
        return tuple(int(each) for each in digits if each.isdigit())


def look(session: Session, account: str | None = None) -> Server:
    """Ask everything.

    :param account: whose grants count, ``user@host``; None: those of the account that is connected.
    :raises RemoteError: not even variables and grants are told.
    """
    names = ", ".join(["%s"] * len(_VARIABLES))
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE variable_name IN ({names})", _VARIABLES)
    variables = {str(row["variable_name"]).lower(): str(row["value"]) for row in rows}
    # Where Aurora and RDS have their programs, whatever the engine's name.
    managed = "rdsdbbin" in variables.get("basedir", "")
    return Server(
        account=account or str(session.rows("SELECT CURRENT_USER() AS account")[0]["account"]),
        variables=variables,
        grants=_grants_of(session, account) if account else _grants(session),
        replicas=_replicas(session),
        managed=managed,
        kept_hours=_kept_hours(session) if managed else None,
    )


def _grants(session: Session) -> Grants:
    roles = str(session.rows("SELECT CURRENT_ROLE() AS roles")[0]["roles"])
    using = f" USING {roles}" if roles not in ("NONE", "") else ""
    return Grants.parse(_lines(session.rows(f"SHOW GRANTS FOR CURRENT_USER(){using}")))


def _grants_of(session: Session, account: str) -> Grants:
    """Those of another account, with the roles that it has from the start."""
    who = account.rpartition("@")[::2]
    try:
        defaults = session.rows(
            "SELECT default_role_user AS user, default_role_host AS host FROM mysql.default_roles "
            "WHERE user = %s AND host = %s",
            who,
        )
    except RemoteError:
        defaults = []
    roles = [str(role[part]) for role in defaults for part in ("user", "host")]
    using = f" USING {', '.join(['%s@%s'] * len(defaults))}" if defaults else ""
    return Grants.parse(_lines(session.rows(f"SHOW GRANTS FOR %s@%s{using}", (*who, *roles))))


def _lines(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return [str(value) for row in rows for value in row.values()]


def _replicas(session: Session) -> dict[int, str] | None:
    # The second is what it was called before 8.0.22.
    for statement in ("SHOW REPLICAS", "SHOW SLAVE HOSTS"):
        try:
            return {int(row["server_id"]): str(row.get("host") or "unknown") for row in session.rows(statement)}
        except RemoteError:
            continue
    return None


def _kept_hours(session: Session) -> str | None:
    try:
        rows = session.rows("SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'")
    except RemoteError:
        return None
    return str(rows[0]["value"] or "") if rows else ""
