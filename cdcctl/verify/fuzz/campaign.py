"""Seed after seed: make a scenario, run it, and shrink and keep what fails."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import pymysql
from ruamel.yaml import YAML

from cdcctl.errors import CdcctlError, RemoteError
from cdcctl.local import stack
from cdcctl.mysql.session import words
from cdcctl.sql.statements import split
from cdcctl.verify.findings import Finding
from cdcctl.verify.fuzz.generate import DATABASE, Program, program
from cdcctl.verify.fuzz.shrink import smallest
from cdcctl.verify.prediction import Predictor
from cdcctl.verify.replay import Replay
from cdcctl.verify.report import Report
from cdcctl.verify.run import Options, run
from cdcctl.verify.scenario import load
from cdcctl.verify.session import Place

Say = Callable[[str], None]
_NAME = "fuzz"
# The statements of a transaction, which are one unit.
_APART = ";\n"
_DRY = "cdcctl_fuzz_dry"
# A stall is told sooner than in a scenario: everything here is small.
_PATIENCE = 45.0


# Code, table and column of a difference.
Where = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Shown:
    """What a seed has shown.

    :param found: each difference in words, with the first value that is different.
    :param places: code, table and column of each; a smaller scenario shows the same failure when it has each of the
        codes at one of its places.
    """

    found: tuple[str, ...]
    places: frozenset[Where]

    @property
    def signature(self) -> tuple[str, ...]:
        """The codes."""
        return tuple(sorted({code for code, *_ in self.places}))

    @property
    def tables(self) -> frozenset[str]:
        """Those of which something was found; none where anything concerns no table."""
        tables = {table for _, table, _ in self.places}
        return frozenset(each for each in tables if each) if all(tables) else frozenset()

    def is_in(self, places: Collection[Where]) -> bool:
        """Whether these places show the same failure."""
        return set(self.signature) <= {code for code, *_ in self.places & set(places)}


@dataclass(frozen=True)
class Failure:
    """A seed that failed, and the folder with the smallest scenario that shows it.

    :param signature: the codes, with table and column left out, by which a smaller scenario counts as the same failure.
    :param found: what was found in the first run, with the first value that is different.
    """

    seed: int
    signature: tuple[str, ...]
    folder: Path
    statements: int
    lines: tuple[str, ...]
    found: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "seed": self.seed,
            "codes": list(self.signature),
            "scenario": str(self.folder),
            "statements": self.statements,
            "found": list(self.found),
            "sql": list(self.lines),
        }


@dataclass
class Campaign:
    """What a campaign has shown so far.

    :param known: code → in how many seeds a known limitation of a component showed.
    :param stopped: why it ended before its time: the stack did not work any more, which is no matter of a seed.
    """

    seeds: list[int] = field(default_factory=list)
    events: int = 0
    rows: int = 0
    statements: int = 0
    known: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    stopped: CdcctlError | None = None

    @property
    def ok(self) -> bool:
        """Whether no seed failed, and the stack held out."""
        return not self.failures and self.stopped is None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "ok": self.ok,
            "seeds": self.seeds,
            "statements": self.statements,
            "events": self.events,
            "rows": self.rows,
            "known": dict(sorted(self.known.items())),
            "failures": [failure.to_dict() for failure in self.failures],
            "seconds": round(self.seconds, 1),
            "interrupted": self.interrupted,
            "stopped": self.stopped.message if self.stopped else None,
        }


@dataclass(frozen=True)
class Limits:
    """How much to do: until ``seconds`` have passed, at least one seed; a failure is shrunk for ``shrink`` seconds."""

    seconds: float
    shrink: float = 240.0
    statements: int = 60


class Runner(Protocol):
    """What runs programs.

    :ivar about: what it is at, said with every progress.
    """

    about: str

    def run(self, made: Program) -> Report:
        """Replay a program, compare, clean up."""

    def valid(self, made: Program) -> Program:
        """The program without the statements that MySQL refuses."""


def fuzz(place: Place, seed: int, limits: Limits, keep: Path, say: Say) -> Campaign:
    """Run seeds from ``seed`` on. A stack that breaks ends it, as an interrupt does; what was found until then stays.

    :param keep: folder that takes a scenario of each failure.
    """
    with tempfile.TemporaryDirectory(prefix="cdcctl-fuzz-") as scratch, Predictor() as predictor:
        return campaign(_Runner(place, Path(scratch), say, predictor), seed, limits, keep)


def campaign(runner: Runner, seed: int, limits: Limits, keep: Path) -> Campaign:
    """:func:`fuzz` with whatever runs the programs."""
    shown = Campaign()
    started = time.monotonic()
    try:
        while not shown.seeds or time.monotonic() - started < limits.seconds:
            _one(shown, runner, seed, limits, keep)
            seed += 1
    except KeyboardInterrupt:
        shown.interrupted = True
    except CdcctlError as error:
        shown.stopped = error
    shown.seconds = time.monotonic() - started
    return shown


def _one(campaign: Campaign, runner: Runner, seed: int, limits: Limits, keep: Path) -> None:
    made = program(seed, statements=limits.statements)
    valid = runner.valid(made)
    runner.about = f"seed {seed}"
    report = runner.run(valid)
    campaign.seeds.append(seed)
    campaign.statements += len(valid.before) + len(valid.after)
    campaign.events += sum(table.events for table in report.tables)
    campaign.rows += sum(table.mysql_rows for table in report.tables)
    found = _found(report)
    campaign.known.update({finding.code for finding in found if finding.rule.severity == "known"})
    places = _places(report)
    if places:
        folder = keep / f"seed-{seed}"
        shown = Shown(_in_words(report), places)
        # First as it is, so that nothing is lost to an interrupt.
        campaign.failures.append(_kept(folder, valid, seed, shown))
        campaign.failures[-1] = _kept(folder, _shrunk(runner, valid, shown, seed, limits), seed, shown)


def _kept(folder: Path, made: Program, seed: int, shown: Shown) -> Failure:
    _write(folder, made, seed, shown)
    statements = (*made.before, *made.after)
    return Failure(seed, shown.signature, folder, len(statements), statements, shown.found)


def _shrunk(runner: Runner, failing: Program, shown: Shown, seed: int, limits: Limits) -> Program:
    """The smallest program that shows the same, as far as the time for it goes."""
    deadline = time.monotonic() + limits.shrink

    def in_time() -> bool:
        return time.monotonic() < deadline

    def fails(made: Program) -> bool:
        runner.about = f"seed {seed}, shrinking, {len(made.before) + len(made.after)} statements"
        return shown.is_in(_places(runner.run(runner.valid(made))))

    few = _about(failing, shown.tables)
    core = few if few != failing and fails(few) else failing
    after = smallest(core.after, lambda after: fails(replace(core, after=tuple(after))), in_time)
    core = replace(core, after=tuple(after))
    tables = tuple(unit for unit in core.before if unit.startswith("CREATE"))
    rows = [unit for unit in core.before if unit not in tables]
    rows = smallest(rows, lambda rows: fails(replace(core, before=(*tables, *rows))), in_time)
    return runner.valid(replace(core, before=(*tables, *rows)))


def _about(made: Program, tables: Collection[str]) -> Program:
    """The program without the statements that name none of these tables; all of it, where there are none."""
    if not tables:
        return made
    word = re.compile("|".join(rf"\b{re.escape(each.partition('.')[2])}\b" for each in tables))
    kept = tuple(each for each in made.tables if each in tables)
    before, after = (tuple(filter(None, (_named(unit, word) for unit in units))) for units in (made.before, made.after))
    return Program(kept, before, after) if kept and after else made


def _named(unit: str, word: re.Pattern[str]) -> str:
    """A unit, or of a transaction what is in it, as far as it has the word."""
    first, *rest = unit.split(_APART)
    if not rest:
        return unit if word.search(unit) else ""
    body = [each for each in rest[:-1] if word.search(each)]
    return _APART.join([first, *body, rest[-1]]) if body else ""


def _found(report: Report) -> list[Finding]:
    return [*report.findings, *(finding for table in report.tables for finding in table.findings)]


def _places(report: Report) -> frozenset[Where]:
    """Where there is something that no component is known for."""
    found = _found(report)
    return frozenset((each.code, each.table, each.column) for each in found if each.rule.severity == "difference")


def _in_words(report: Report) -> tuple[str, ...]:
    """Each difference with its place and an example, or what it says beside."""
    lines = []
    for each in _found(report):
        if each.rule.severity == "difference":
            where = ".".join(filter(None, (each.table, each.column)))
            example = each.examples[0] if each.examples else None
            told = f"{example.key}: {example.mysql} in MySQL, {example.parquet} in Parquet" if example else each.detail
            lines.append(f"{each.code} {where}: {told or each.rule.title}")
    return tuple(lines)


class _Runner:
    """Runs programs on one stack, one after the other."""

    def __init__(self, place: Place, scratch: Path, say: Say, predictor: Predictor) -> None:
        self._predictor = predictor
        self._place = place
        self._scratch = scratch
        self._say = say
        self._replay = Replay(place.stack.mysql)
        self.about = ""

    def run(self, made: Program) -> Report:
        """Replay, compare, clean up."""
        folder = self._scratch / _NAME
        _write(folder, made, 0)
        options = Options(patience=_PATIENCE)
        say: Say = lambda text: self._say(f"{self.about}: {text}")  # noqa: E731
        return run(
            load(folder), stack.target(self._place.stack), self._place.stack.mysql, options, say, self._predictor
        )

    def valid(self, made: Program) -> Program:
        """The program without the statements that MySQL refuses, tried where nobody sees it: nothing is logged.

        :raises RemoteError: MySQL is gone.
        """
        try:
            with self._replay.session() as connection, connection.cursor() as cursor:
                cursor.execute("SET SESSION sql_log_bin = 0")
                cursor.execute(f"DROP DATABASE IF EXISTS {_DRY}")
                cursor.execute(f"CREATE DATABASE {_DRY}")
                cursor.execute(f"USE {_DRY}")
                try:
                    before = [unit for unit in made.before if _works(cursor, unit)]
                    after = [unit for unit in made.after if _works(cursor, unit)]
                finally:
                    with suppress(pymysql.MySQLError):
                        cursor.execute(f"DROP DATABASE {_DRY}")
        except pymysql.MySQLError as error:
            raise RemoteError(f"MySQL is gone: {words(error)}", hint="its log: cdcctl local logs mysql") from error
        return replace(made, before=tuple(before), after=tuple(after))


def _works(cursor: Any, unit: str) -> bool:
    try:
        for statement in split(unit + ";"):
            cursor.execute(statement.text)
    except pymysql.MySQLError:
        if not cursor.connection.open:
            raise
        cursor.execute("ROLLBACK")
        return False
    return True


def _write(folder: Path, made: Program, seed: int, shown: Shown | None = None) -> None:
    """A scenario's folder, whole.

    :param shown: why it is kept.
    """
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    head = f"CREATE DATABASE IF NOT EXISTS {DATABASE};\nUSE {DATABASE};\n"
    (new / "01-before.sql").write_text(head + "".join(f"{unit};\n" for unit in made.before), encoding="utf-8")
    (new / "02-after.sql").write_text(
        f"USE {DATABASE};\n" + "".join(f"{unit};\n" for unit in made.after), encoding="utf-8"
    )
    yaml = YAML()
    with (new / "pipeline.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(_pipeline(made), file)
    if shown:
        about = {"description": "\n".join((f"Seed {seed} of verify fuzz: {', '.join(shown.signature)}", *shown.found))}
        steps = [{"sql": "01-before.sql"}, "deploy", "drain", {"sql": "02-after.sql"}, "drain"]
        with (new / "scenario.yaml").open("w", encoding="utf-8") as file:
            yaml.dump({**about, "steps": steps}, file)
    shutil.rmtree(folder, ignore_errors=True)
    new.replace(folder)


def _pipeline(made: Program) -> dict[str, Any]:
    """No registry in the way (NONE), and no waiting for more rows to come."""
    return {
        "name": _NAME,
        "topic_prefix": _NAME,
        "source": {
            "server_id": 5499,
            "tables": list(made.tables),
            "properties": {"poll.interval.ms": 50, "producer.override.linger.ms": 0},
        },
        "registries": {"keys": f"{_NAME}-keys", "values": f"{_NAME}-values", "compatibility": "NONE"},
        "sink": {
            "type": "iceberg",
            "commit_interval_ms": 1000,
            "properties": {
                "consumer.override.fetch.max.wait.ms": 50,
                "consumer.override.metadata.max.age.ms": 1000,
                "iceberg.kafka.metadata.max.age.ms": 1000,
                "iceberg.kafka.session.timeout.ms": 6000,
                "iceberg.kafka.heartbeat.interval.ms": 2000,
                "iceberg.control.commit.timeout-ms": 2000,
            },
        },
        "worker": {"properties": {"offset.flush.interval.ms": 500}},
    }
