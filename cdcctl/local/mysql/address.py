"""The address of an existing server, as a user writes it: ``mysql://user@host:port/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from cdcctl.errors import UsageError

URL_VARIABLE = "CDCCTL_MYSQL_URL"
PASSWORD_VARIABLE = "CDCCTL_MYSQL_PASSWORD"  # noqa: S105 (the name of a variable, not a password)
_FORM = "write it as mysql://user@host:port/"


@dataclass(frozen=True)
class Address:
    """Where a server is and who connects."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


def address(option: str | None, environ: Mapping[str, str]) -> Address | None:
    """The server named by the option or else by ``CDCCTL_MYSQL_URL``; None when neither is given.

    Only the variable may hold a password: other users can read what is on a command line.

    :raises UsageError: it is not such an address. The message never repeats the address, which may hold a password.
    """
    if option:
        return _parse(option, "the MySQL URL", environ, password_allowed=False)
    if environ.get(URL_VARIABLE):
        return _parse(environ[URL_VARIABLE], URL_VARIABLE, environ, password_allowed=True)
    return None


def _parse(text: str, where: str, environ: Mapping[str, str], *, password_allowed: bool) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError(f"{where} has no usable host and port", hint=_FORM) from None
    if parts.scheme != "mysql":
        raise UsageError(f"{where} does not start with mysql://", hint=_FORM)
    if not parts.hostname:
        raise UsageError(f"{where} names no host", hint=_FORM)
    if not parts.username:
        raise UsageError(f"{where} names no user", hint=_FORM)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError(f"{where} has something after the port: a server is wanted, not a database", hint=_FORM)
    if port == 0:
        raise UsageError(f"{where} has no usable host and port", hint=_FORM)
    if parts.password is not None and not password_allowed:
        raise UsageError(
            f"{where} holds a password, which other users of this machine can read on the command line",
            hint=f"leave it out and set {PASSWORD_VARIABLE}",
        )
    password = unquote(parts.password) if parts.password is not None else environ.get(PASSWORD_VARIABLE, "")
    return Address(parts.hostname, port or 3306, unquote(parts.username), password)
