"""Connecting to a server: waiting until it answers, and asking what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pymysql
import tenacity

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.processes import Child, died, tail

# Recovery after a kill -9 under load takes longer than any normal start.
READY_SECONDS = 120.0
# Whatever else holds the port may accept a connection and say nothing; meanwhile our server has died of that.
_SECONDS = 2
_Facts = tuple[str, str]


def facts(host: str, port: int, user: str, password: str) -> _Facts:
    """Connect for real and return the server's version and its global sql_mode.

    :raises pymysql.err.Error: it does not answer, or not to this account.
    """
    connection = pymysql.connect(
        host=host, port=port, user=user, password=password, connect_timeout=_SECONDS, read_timeout=_SECONDS
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION(), @@GLOBAL.sql_mode")
            version, sql_mode = cursor.fetchone() or ("", "")
    finally:
        connection.close()
    return str(version), str(sql_mode)


def await_facts(child: Child, ask: Callable[[], _Facts], seconds: float = READY_SECONDS) -> _Facts:
    """Repeat ``ask`` until it answers, for as long as ``child`` lives.

    The passwords are random, so an answer can only come from the server that was just started, not from another one
    that holds the port.

    :raises ChildProcessDiedError: at once when the server has died.
    :raises LocalEnvironmentError: it lives but does not answer in time.
    """
    last: pymysql.err.Error | None = None
    for attempt in tenacity.Retrying(
        wait=tenacity.wait_fixed(0.02),
        stop=tenacity.stop_after_delay(seconds),
        retry=tenacity.retry_if_exception_type(pymysql.err.Error),
        retry_error_callback=lambda _: None,
    ):
        with attempt:
            if not child.is_alive():
                raise died(child)
            try:
                return ask()
            except pymysql.err.Error as error:
                last = error
                raise
    raise LocalEnvironmentError(
        f"MySQL runs but has not answered within {seconds:.0f} s: {last}",
        hint=f"its whole log is {child.log}",
        details=tail(Path(child.log)),
    )
