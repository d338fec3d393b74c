"""What is asked of the MySQL server before a file is written. Nothing is changed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from cdcctl.doctor import server, tables
from cdcctl.doctor.server import Server
from cdcctl.doctor.tables import Table
from cdcctl.errors import CdcctlError, InputError
from cdcctl.init.wishes import Wishes
from cdcctl.lint.columns import Column, columns_of
from cdcctl.lint.rule import nearest
from cdcctl.mysql.session import Session
from cdcctl.pipeline.source import topic_of
from cdcctl.sql.names import quoted

# What deploy makes for signals is nobody's data.
_SIGNALS = "cdcctl_signal"


@dataclass(frozen=True)
class ServerFacts:
    """A server, and the chosen tables.

    :ivar existing: every table that the account sees, with its engine.
    :ivar columns: those of the chosen tables, as SHOW CREATE TABLE has them.
    :ivar left_out: table → why it cannot be captured.
    """

    server: Server
    existing: Mapping[str, str]
    tables: Sequence[Table]
    columns: Sequence[Column]
    left_out: Mapping[str, str]

    @property
    def taken_ids(self) -> set[int]:
        """Server ids that are in use, as far as the account may know."""
        own = self.server.variables.get("server_id", "")
        return {*(self.server.replicas or {}), *([int(own)] if own.isdigit() else [])}


def ask(session: Session, wishes: Wishes) -> ServerFacts:
    """Ask for settings, grants, and the tables that the wishes choose.

    :raises InputError: a wish matches no table, or there is none at all.
    :raises RemoteError: MySQL refuses.
    """
    looked = server.look(session, wishes.capture_user)
    existing = tables.base_tables(session)
    chosen, left_out = capturable(chosen_tables(existing, wishes))
    described = tables.describe(session, existing, chosen)
    if wishes.capture_user:
        described = [_as_account(table, looked) for table in described]
    columns = [column for name in chosen for column in _columns(session, name)]
    return ServerFacts(looked, existing, described, columns, left_out)


def chosen_tables(existing: Mapping[str, str], wishes: Wishes) -> list[str]:
    """The tables that are wanted and not excluded, in order; every one that exists where nothing is said.

    :raises InputError: a wish matches no table, or none is left.
    """
    there = sorted(name for name in existing if not name.endswith(f".{_SIGNALS}"))
    unmatched = [wish for wish in wishes.patterns if not any(fnmatchcase(name, wish) for name in there)]
    if unmatched:
        near = nearest(unmatched[0].removesuffix(".*"), {*there, *(name.split(".")[0] for name in there)}, 0.6)
        raise InputError(
            f"no table matches {', '.join(unmatched)}",
            hint=f"did you mean {near}?" if near else "the account sees a table only if it may read it",
        )
    wanted = [name for name in there if _matches(name, wishes.patterns or ["*"])]
    found = [name for name in wanted if not _matches(name, wishes.excluded)]
    if not found:
        raise InputError("there is no table to capture", hint="check the account's grants, and what is excluded")
    return found


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def capturable(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Those that a pipeline can capture, and why the others cannot be."""
    kept: list[str] = []
    left_out: dict[str, str] = {}
    topics: dict[str, str] = {}
    for name in names:
        topic = topic_of("", name).lower()
        if name.count(".") != 1 or any(sign in name for sign in " ,\t\n"):
            left_out[name] = "a name with a dot, a comma or a space cannot be captured"
        elif topic in topics:
            left_out[name] = f"it would share topic or table of the Glue Data Catalog with {topics[topic]}"
        else:
            topics[topic] = name
            kept.append(name)
    if not kept:
        raise InputError("none of the tables can be captured", details=[f"{name}: {left_out[name]}" for name in names])
    return kept, left_out


def _as_account(table: Table, looked: Server) -> Table:
    """The table as the connector's account sees it, which is not the one that asks."""
    if looked.grants.has("SELECT", table.name):
        return replace(table, refused="")
    return replace(table, refused=f"{looked.account} has no SELECT on it")


def _columns(session: Session, table: str) -> list[Column]:
    database, name = table.split(".")
    try:
        (row,) = session.rows(f"SHOW CREATE TABLE {quoted(database)}.{quoted(name)}")
    except CdcctlError:
        # That it cannot be read is a finding of its own.
        return []
    return list(columns_of(f"USE {quoted(database)};\n{row['create table']}"))
