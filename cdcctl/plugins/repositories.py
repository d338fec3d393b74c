"""The Maven repositories that are asked: those the user names, those of jgo's settings, and Maven Central.

Credentials come by reference only (``https://${env:USER}:${env:PASSWORD}@nexus.example.com/…``) or from the user's
netrc file; they are in no message and in no lock.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from cdcctl.errors import InputError, UsageError

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(rf"(?P<user>{_REFERENCE.pattern}|[^:@/]*):(?P<password>{_REFERENCE.pattern})@")
_PASSWORD_HINT = "write ${env:NAME} instead of user and password, or leave them out and use a netrc file"  # noqa: S105


@dataclass(frozen=True)
class Repository:
    """One Maven repository.

    :ivar name: what to call it in messages.
    :ivar address: its address without credentials and without a slash at the end.
    :ivar credentials: user and password, if any were given by reference.
    """

    name: str
    address: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def address_with_credentials(self) -> str:
        """The address as a client takes it that knows of no other way to be told the credentials. Never to be shown."""
        if self.credentials is None:
            return self.address
        scheme, _, rest = self.address.partition("://")
        user, password = (quote(part, safe="") for part in self.credentials)
        return f"{scheme}://{user}:{password}@{rest}"


@dataclass(frozen=True)
class Repositories:
    """The repositories in the order in which they are asked, and the user's own, which is a folder (``~/.m2``)."""

    remote: tuple[Repository, ...]
    own: Path

    @property
    def names(self) -> str:
        """All names in one line."""
        return ", ".join(each.name for each in self.remote)

    def redacted(self, text: str) -> str:
        """``text`` without the credentials of any repository, as they are or as they stand in an address."""
        parts = {part for each in self.remote for part in each.credentials or () if part}
        for part in sorted({*parts, *(quote(part, safe="") for part in parts)}, key=len, reverse=True):
            text = text.replace(part, "…")
        return text


def repositories(further: Sequence[str] = ()) -> Repositories:
    """The repositories to ask: ``further`` first, then those of jgo's settings, then Maven Central.

    :param further: addresses with references in place of credentials.
    :raises UsageError: an address is none, or holds a password in plain text.
    :raises InputError: a variable that an address refers to is not set.
    """
    # Costs 0.2 s, and is only needed when something is to be downloaded.
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    settings = GlobalSettings.load()
    central = MavenContext().remote_repos
    named = [_repository(address) for address in further]
    known = [_of_settings(name, address) for name, address in {**settings.repositories, **central}.items()]
    return Repositories(_each_once([*named, *known]), settings.repo_cache)


def _repository(address: str) -> Repository:
    scheme, _, rest = address.partition("://")
    credentials = None
    if "@" in rest.partition("/")[0]:
        if (match := _USERINFO.match(rest)) is None:
            raise UsageError(f"--repository {scheme}://…: credentials in plain text", hint=_PASSWORD_HINT)
        credentials = (_value(match["user"]), _value(match["password"]))
        rest = rest[match.end() :]
    bare = f"{scheme}://{rest}".rstrip("/")
    try:
        parts = urlsplit(bare)
        _ = parts.port  # only now looked at, and refused if it is none
    except ValueError as error:
        raise UsageError(f"--repository {bare}: {error}", hint="write https://host/path") from None
    if scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"--repository {bare}: is not the address of a repository", hint="write https://host/path")
    if scheme == "http" and not _is_loopback(str(parts.hostname)):
        raise UsageError(f"--repository {bare}: is not encrypted", hint="use https, as Maven itself demands")
    return Repository(rest.rstrip("/"), bare, credentials)


def _value(text: str) -> str:
    """What a reference stands for; other text stands for itself."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return text
    if (found := os.environ.get(match[1])) is None:
        raise InputError(f"--repository: the variable {match[1]} is not set", hint=f"export {match[1]}=…")
    return found


def _of_settings(name: str, address: str) -> Repository:
    """A repository of jgo's settings file, which the user keeps and may hold credentials."""
    parts = urlsplit(address)
    if parts.username is None:
        return Repository(name, address.rstrip("/"))
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    return Repository(name, bare, (parts.username, parts.password or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _each_once(found: Iterable[Repository]) -> tuple[Repository, ...]:
    first: dict[str, Repository] = {}
    for each in found:
        first.setdefault(each.address, each)
    return tuple(first.values())
