"""Check migrations: predict what each statement does, judge it hop by hop, and look for something better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from cdcctl.errors import InputError
from cdcctl.evolve import binlog, rewrite
from cdcctl.evolve.effects import Effects
from cdcctl.evolve.judgement import fully_judged
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import Lookup, Versions, nothing
from cdcctl.evolve.report import Report
from cdcctl.evolve.settings import Settings
from cdcctl.evolve.tables import Tables
from cdcctl.evolve.verdicts import Judge
from cdcctl.schema.classpath import Jars
from cdcctl.schema.prediction import Child, SourceConnector
from cdcctl.sql import names


@dataclass(frozen=True)
class Question:
    """What is to be checked.

    :param look_up: the versions that the registry has.
    :param may_have_run: the migrations may have been run: what MySQL would refuse of them now, it took then.
    """

    settings: Settings
    tables: Tables
    migrations: tuple[Migration, ...]
    look_up: Lookup = nothing
    may_have_run: bool = False


def check(question: Question, child: Child, jars: Jars, made: Future[SourceConnector] | None = None) -> Report:
    """Check migrations against tables.

    :param made: the connector of these settings, where somebody has begun to make it.
    :raises InputError: a table as it is cannot be read by Debezium.
    """
    settings = question.settings
    folds = question.tables.case_insensitive
    source = made.result() if made else child.source(settings.source, case_insensitive=folds)
    load(source, question.tables)
    following = Effects(settings, Versions(settings, question.look_up))
    answers = stream(source, question.migrations, logged=question.may_have_run)
    effects = [each for migration, answer in answers for each in following.of(migration, answer)]
    judge = Judge(child)
    effects = fully_judged([effects], child, settings, judge)
    effects = rewrite.with_rewrites(effects, rewrite.Trial(source, child, settings, judge))
    return Report(tuple(effects), settings.mode.value, jars.versions())


def load(source: SourceConnector, tables: Tables) -> None:
    """Give the connector the tables as they are.

    :raises InputError: one cannot be read; all are listed.
    """
    if refused := load_what_can_be(source, tables):
        raise InputError(
            "Debezium cannot read the tables as they are",
            hint="give them as SHOW CREATE TABLE prints them",
            details=[f"{migration.place}: {failure['message']}" for migration, failure in refused],
        )


def load_what_can_be(source: SourceConnector, tables: Tables) -> list[tuple[Migration, Mapping[str, Any]]]:
    """Give the connector the tables as they are; those that it cannot read, with the exception."""
    failures = source.load([{"database": each.database, "sql": each.sql} for each in tables.statements])
    refused = [(each, failure) for each, failure in zip(tables.statements, failures, strict=False) if failure]
    without_schema = failures[len(tables.statements) :]
    return refused + [(Migration("", "", failure["table"], 1), failure) for failure in without_schema if failure]


def stream(
    source: SourceConnector, migrations: Sequence[Migration], *, logged: bool = False
) -> Iterator[tuple[Migration, Mapping[str, Any] | None]]:
    """Give the connector statements; each with the answer, None for one that never reaches the binlog as it is.

    Nothing else can be asked until the last one has been taken.

    :param logged: none of them can be one that MySQL refuses: each is in a binlog, or has been.
    """
    is_logged = binlog.logged((each.sql, each.database) for each in migrations)
    reaching = list(zip(migrations, is_logged, strict=True))
    as_logged = _with_generated_keys(migrations)
    asked = [each for each, (_, reaches) in zip(as_logged, reaching, strict=True) if reaches]
    answers = source.streamed([_statement(each) for each in asked], logged=logged)
    for each, reaches in reaching:
        yield each, next(answers) if reaches else None


def _with_generated_keys(migrations: Sequence[Migration]) -> Iterator[Migration]:
    """The statements, with the primary keys that a session has MySQL generate; each file is a session."""
    file, generates = None, False
    for each in migrations:
        told = binlog.generates_keys(each.sql)
        generates = told if told is not None else generates and each.file == file
        file = each.file
        yield replace(each, sql=binlog.with_generated_key(each.sql)) if generates else each


def _statement(migration: Migration) -> dict[str, str | None]:
    named = names.subject(migration.sql, migration.database)
    return {"database": migration.database, "sql": migration.sql, "target": named.table if named else None}
