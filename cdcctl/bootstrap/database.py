"""What CloudFormation cannot set in Aurora: how long the binlog is kept, and the account of the source connector.

It goes through the Data API, so that no network path to the database is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError, RemoteError

# What the documentation of Debezium's MySQL connector asks for; Aurora forbids a global read lock, hence LOCK TABLES.
PRIVILEGES = "SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES"
# mysql.rds_set_configuration (Aurora guide): at most 90 days.
_MOST_HOURS = 2160
_NEEDED = ("DatabaseArn", "DatabaseAdminSecretArn", "DatabaseSecretName", "BinlogRetentionHours")


def has_database(outputs: Mapping[str, str]) -> bool:
    """Whether a stack with these outputs has a database of ours."""
    return all(outputs.get(name) for name in _NEEDED)


def prepare_database(target: Target, outputs: Mapping[str, str]) -> list[str]:
    """Set the binlog's retention and make the account; may be repeated. Returns what is so now, a line each.

    :raises RemoteError: the database or the secret cannot be used.
    """
    hours = int(outputs["BinlogRetentionHours"])
    if not 1 <= hours <= _MOST_HOURS:
        raise RemoteError(f"BinlogRetentionHours is {hours}", hint=f"set it to 1 up to {_MOST_HOURS}")
    user, password = _account(target, outputs["DatabaseSecretName"])
    retention = f"CALL mysql.rds_set_configuration('binlog retention hours', {hours})"
    try:
        for statement in (retention, *_make(user, password)):
            _execute(target, outputs, statement)
    except CdcctlError as error:
        by_hand = f"{retention}; GRANT {PRIVILEGES} ON *.* TO {_quoted(user)}@'%'"
        raise RemoteError(
            f"the stack is complete, but its database is not prepared: {error.message}",
            hint=f"run the command again, or create the account of the secret in MySQL and run: {by_hand}",
        ) from error
    return [f"the database keeps its binlog for {hours} hours", f"account {user} may read it ({PRIVILEGES})"]


def _make(user: str, password: str) -> list[str]:
    # Both are quoted: backslashes and quotes are the only characters that end or change a MySQL string.
    name = f"{_quoted(user)}@'%'"
    return [
        f"CREATE USER IF NOT EXISTS {name} IDENTIFIED BY {_quoted(password)}",
        f"ALTER USER {name} IDENTIFIED BY {_quoted(password)}",
        f"GRANT {PRIVILEGES} ON *.* TO {name}",
    ]


def _quoted(text: str) -> str:
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def _account(target: Target, secret: str) -> tuple[str, str]:
    with translated(f"secret {secret}"):
        found: dict[str, Any] = json.loads(
            target.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        )
    return str(found["username"]), str(found["password"])


def _execute(target: Target, outputs: Mapping[str, str], statement: str) -> None:
    # The statement may hold a password: it stays out of what is said about a failure.
    with translated("the database (RDS Data API)"):
        target.client("rds-data").execute_statement(
            resourceArn=outputs["DatabaseArn"], secretArn=outputs["DatabaseAdminSecretArn"], sql=statement
        )
