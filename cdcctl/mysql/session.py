"""A connection to a pipeline's MySQL with the pipeline's own account: what Debezium may see, we see."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.constants import ER
from pymysql.cursors import DictCursor

from cdcctl.errors import RemoteError

_SECONDS = 10
_UNREACHED = "is it running? a private database is reached from inside its VPC only, or through a tunnel"


class Session:
    """An open connection."""

    def __init__(self, connection: pymysql.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of a query, column names in lower case.

        :raises RemoteError: MySQL refuses it.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, tuple(parameters))
                found = cursor.fetchall()
        except pymysql.MySQLError as error:
            raise RemoteError(f"MySQL: {words(error)}", hint="may the account do that?") from error
        return [{str(name).lower(): value for name, value in row.items()} for row in found]


@contextmanager
def session(
    host: str, port: int, user: str, password: str, *, cure: str = "correct user and password in the secret"
) -> Iterator[Session]:
    """Connect, with TLS where the server has it.

    :param cure: what to do when the server refuses user and password.
    :raises RemoteError: MySQL does not answer, or refuses the account.
    """
    try:
        connection = pymysql.connect(
            host=host,
            port=port,
            user=user,
            password=password,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=_SECONDS,
            read_timeout=_SECONDS * 3,
            ssl=tls(),
            cursorclass=DictCursor,
        )
    # An unusable host name is a plain error of Python's.
    except (pymysql.MySQLError, OSError, UnicodeError) as error:
        denied = error.args and error.args[0] == ER.ACCESS_DENIED_ERROR
        hint = cure if denied else _UNREACHED
        raise RemoteError(f"MySQL at {host}:{port}: {words(error)}", hint=hint) from error
    with connection:
        yield Session(connection)


def words(error: Exception) -> str:
    """What MySQL says, without its number."""
    return str(error.args[1] if len(error.args) > 1 else error)


def tls() -> ssl.SSLContext:
    """As MySQL's own clients by default: encrypted where possible, whoever has signed the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
