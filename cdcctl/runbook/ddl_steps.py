"""Running the statements: built in, by the user's own tool, or by somebody else while this waits."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import ER

from cdcctl.errors import InputError, RemoteError, UsageError
from cdcctl.mysql.server import Server
from cdcctl.mysql.session import words
from cdcctl.runbook.place import Place
from cdcctl.runbook.plan import How, Kind, Statement, Step
from cdcctl.runbook.record import Progress
from cdcctl.runbook.wanted import Look, Seen, child_of, differing
from cdcctl.sql import names

# An ALTER that waits for a lock makes everybody else wait behind it.
_LOCK_SECONDS = 30
# How long a session of a run that was killed may go on; then the user is told.
_OTHER_SECONDS = 3600
_PLACEHOLDER = re.compile(r"\{(statement|alter|database|table|file)\}")
_ALTER = re.compile(
    rf"\s*ALTER\s+TABLE\s+{names.IDENTIFIER}(?:\s*\.\s*{names.IDENTIFIER})?\s+(?P<rest>.*)", re.I | re.S
)
_POLL_SECONDS = 2.0


def ddl(place: Place, step: Step, progress: Progress) -> dict[str, Any]:
    """Run what has not been run; afterwards every table is as wanted.

    :raises RemoteError: MySQL, or the tool, refuses a statement.
    """
    if place.plan.how is How.BUILT_IN:
        return _built_in(place, int(step.subject), progress)
    with child_of(place.settings) as child:
        look = Look(place.plan, place.settings, place.accounts.source, child)
        before = look.seen()
        if before.all_wanted:
            return {"already": True}
        if place.plan.how is How.WAIT:
            return _wait(place, look)
        _require_whole(before, "has been changed by somebody else")
        _command(place, [each for each in place.plan.statements if not each.already])
        _require_wanted(look.seen())
    return {}


def _built_in(place: Place, number: int, progress: Progress) -> dict[str, Any]:
    """One statement, in a session that holds a lock of its own: another run waits until it is over."""
    statement = place.plan.statements[number]
    owner = place.accounts.owner
    if owner is None:
        raise UsageError("there is no account to run statements with", hint="give --mysql-url, or --run or --wait")
    with owner.connected(statement.database) as connection, connection.cursor() as cursor:
        _alone(place, cursor)
        shown = _shown(cursor, statement)
        before = progress.facts.get("before")
        if before is not None and shown != before["shown"]:
            # It was sent before a crash, and has taken effect.
            return {"already": True}
        progress.facts["before"] = {"shown": shown}
        place.record.write()
        cursor.execute(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
        try:
            cursor.execute(statement.sql)
        except pymysql.MySQLError as error:
            raise _refused(statement, error) from error
    return {}


def settle(place: Place) -> None:
    """Wait until no statement of a run that was killed is under way in MySQL any more."""
    with place.accounts.writer.connected() as connection, connection.cursor() as cursor:
        _alone(place, cursor)


def _alone(place: Place, cursor: Any) -> None:
    """Take the name under which only one session runs statements for a pipeline; a killed run's may still be busy."""
    name = f"cdcctl-evolve-{place.plan.pipeline}"[:64]
    waited = 0
    while True:
        cursor.execute("SELECT GET_LOCK(%s, 5)", (name,))
        if cursor.fetchone()[0] == 1:
            return
        waited += 5
        if waited > _OTHER_SECONDS:
            raise RemoteError("a statement of an earlier run is still under way", hint="look at SHOW PROCESSLIST")
        place.say("waiting for the statement of an earlier run, which MySQL is still carrying out")


def _shown(cursor: Any, statement: Statement) -> str | None:
    """CREATE TABLE of the statement's table now; None when there is none."""
    if statement.table is None:
        return None
    database, _, table = statement.table.partition(".")
    named = names.subject(statement.sql, statement.database)
    # Of a table that is renamed, the old name is what the statement names.
    database, _, table = (named.table if named else statement.table).partition(".")
    try:
        cursor.execute(f"SHOW CREATE TABLE {names.quoted(database)}.{names.quoted(table)}")
    except pymysql.MySQLError:
        return None
    return re.sub(r" AUTO_INCREMENT=\d+", "", str(cursor.fetchone()[1]))


def _refused(statement: Statement, error: pymysql.MySQLError) -> Exception:
    code = error.args[0] if error.args else 0
    details = [" ".join(statement.sql.split())]
    if code == ER.LOCK_WAIT_TIMEOUT:
        return RemoteError(
            f"{statement.place}: the table is in use by a transaction that does not end: {words(error)}",
            hint="end it, and run this with --resume; nothing has been changed",
            details=details,
        )
    return InputError(
        f"{statement.place}: MySQL refused the statement: {words(error)}",
        hint="--abort sets everything back; then correct the statement",
        details=details,
    )


def _wait(place: Place, look: Look) -> dict[str, Any]:
    """Until every table is as wanted."""

    def still(seen: Seen) -> str:
        return "waiting for somebody to run the migration: " + "; ".join(seen.words)

    while not (seen := look.seen()).all_wanted:
        place.run.lock.check()
        place.target.check()
        place.say(still(seen))
        place.run.waiting.pause(_POLL_SECONDS)
    return {}


def _command(place: Place, statements: Sequence[Statement]) -> None:
    """The user's tool: once for each statement where its arguments name one, else once with all of them as input."""
    if place.command is None:
        raise UsageError(
            "the statements are run by a command, which is kept nowhere", hint="give it again: --resume --run COMMAND"
        )
    template = split_command(place.command)
    if not any(_PLACEHOLDER.search(word) for word in template):
        text = "".join(f"{each.sql};\n" for each in statements)
        _execute(place, template, text)
        return
    for statement in statements:
        with tempfile.TemporaryDirectory(prefix="cdcctl-") as folder:
            file = Path(folder) / "statement.sql"
            file.write_text(f"{statement.sql};\n", encoding="utf-8")
            _execute(place, filled(template, statement, file), f"{statement.sql};\n")


def require_command(command: str) -> None:
    """Look for the tool before anything is changed.

    :raises UsageError: the command line cannot be split.
    :raises InputError: there is no such program.
    """
    program = split_command(command)[0]
    if shutil.which(program) is None:
        raise InputError(f"{program} cannot be run: there is no such program", hint="correct --run")


def split_command(command: str) -> list[str]:
    """A command line as its words; no shell is involved.

    :raises UsageError: a quote is not closed, or there is no word.
    """
    try:
        found = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--run cannot be split into words: {error}", hint="close the quote") from None
    if not found:
        raise UsageError("--run names no command", hint="such as --run 'mysql --defaults-file=my.cnf movies'")
    return found


def filled(template: Sequence[str], statement: Statement, file: Path) -> list[str]:
    """The words with the statement's parts in place of their names.

    :raises InputError: an ALTER's clause is asked for, and the statement is none.
    """
    database, _, table = (statement.table or f"{statement.database}.").partition(".")
    values: Mapping[str, str] = {
        "statement": statement.sql,
        "database": database,
        "table": table,
        "file": str(file),
    }

    def value(found: re.Match[str]) -> str:
        if found[1] != "alter":
            return values[found[1]]
        clause = _ALTER.fullmatch(names.without_comments(statement.sql))
        if clause is None:
            raise InputError(
                f"{statement.place}: {{alter}} takes what follows ALTER TABLE, and this is another statement",
                hint="write {statement}, or run it by itself",
            )
        return clause["rest"].strip()

    return [_PLACEHOLDER.sub(value, word) for word in template]


def _execute(place: Place, words_: Sequence[str], text: str) -> None:
    place.say(f"running {words_[0]}")
    owner: Server | None = place.accounts.owner
    # What tools of MySQL read; on a command line everybody could.
    own = {"MYSQL_PWD": owner.password} if owner and "MYSQL_PWD" not in os.environ else {}
    try:
        process = subprocess.run(
            list(words_), input=text, text=True, stdout=sys.stderr, check=False, env={**os.environ, **own}
        )
    except OSError as error:
        raise InputError(f"{words_[0]} cannot be run: {error.strerror}", hint="correct --run") from None
    if process.returncode:
        raise RemoteError(
            f"{words_[0]} ended with exit code {process.returncode}",
            hint="its own words are above; --resume --run runs it again, --abort sets everything back",
        )


def _require_whole(seen: Seen, what: str) -> None:
    half = list(differing(seen))
    if half:
        raise RemoteError(
            f"{', '.join(half)} {what}: neither as before nor as wanted",
            hint="make it one of the two and run this with --resume, or --abort",
        )


def _require_wanted(seen: Seen) -> None:
    if not seen.all_wanted:
        raise RemoteError(
            "the command ended well, and the tables are not as wanted", hint="look at its output", details=seen.words
        )


HANDLERS = {Kind.DDL: ddl}
