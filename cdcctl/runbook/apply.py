"""The whole of ``evolve apply``: begin a migration, go on with one, or end it; each under the pipeline's lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.deploy.lock import break_lock
from cdcctl.deploy.run import Run, lock_key, running
from cdcctl.errors import InputError, NotFoundError, UsageError
from cdcctl.evolve.check import Question, check
from cdcctl.evolve.migrations import Migration
from cdcctl.evolve.registered import from_registry
from cdcctl.evolve.settings import Settings, of_pipeline
from cdcctl.evolve.tables import from_server
from cdcctl.mysql.server import Server
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.runbook import abort as aborting
from cdcctl.runbook.ddl_steps import require_command
from cdcctl.runbook.executor import Report, execute, standing
from cdcctl.runbook.place import Accounts, opened
from cdcctl.runbook.plan import How, Plan
from cdcctl.runbook.planner import Choices, make_plan
from cdcctl.runbook.record import Record, unfinished
from cdcctl.runbook.rewritten import rewritten
from cdcctl.runbook.wanted import child_of
from cdcctl.runbook.world import look
from cdcctl.schema.classpath import Jars, word_of
from cdcctl.sql import names as names_in_sql

# MySQL manual, "Account Management Statements" and "CREATE SERVER".
_SECRET = re.compile(
    r"\bIDENTIFIED\s+(WITH\s+\S+\s+)?(BY|AS)\b|\bSET\s+PASSWORD\b|\bPASSWORD\s*[(=']|\bCREATE\s+SERVER\b",
    re.IGNORECASE,
)
Say = Callable[[str], None]
Confirm = Callable[[Plan], None]


@dataclass(frozen=True)
class Options:
    """How to carry a migration out.

    :ivar owner: the account that runs statements.
    :ivar command: the tool that does.
    :ivar rewrite: run what was found to pass instead of a statement that does not.
    """

    choices: Choices = field(default_factory=Choices)
    owner: Server | None = None
    command: str | None = None
    rewrite: bool = False
    break_lock: bool = False


def plan_migration(
    pipeline: Pipeline, target: Target, migrations: tuple[Migration, ...], options: Options, say: Say
) -> Plan:
    """What :func:`apply` would do now. Changes nothing, and needs no lock."""
    return _planned(pipeline, target, migrations, _accounts(pipeline, target, options), options, say)


def apply(
    pipeline: Pipeline,
    target: Target,
    migrations: tuple[Migration, ...],
    options: Options,
    say: Say,
    confirm: Confirm,
) -> Report:
    """Carry a migration through.

    :param confirm: is shown the plan before anything is changed, and raises to call it off.
    :raises InputError: it is refused, or an earlier one is not finished; nothing has been changed.
    :raises RemoteError: a step failed, or another run is under way.
    """
    target = target.telling(say)
    accounts = _accounts(pipeline, target, options)
    if options.command:
        require_command(options.command)
    with _locked(pipeline, target, options, say) as run:
        if left := unfinished(target, pipeline):
            raise InputError(
                f"the migration that was begun at {left.id} is not finished",
                hint="finish it first",
                details=standing(left),
            )
        plan = _planned(pipeline, target, migrations, accounts, options, say)
        confirm(plan)
        if plan.refusals:
            raise InputError(
                "the migration is refused; nothing has been changed",
                hint="--rewrite runs what is offered instead" if plan.offers else "write it in another way",
                details=plan.refusals,
            )
        if not plan.steps:
            return Report(plan, "nothing")
        run.journal.plan(plan.to_dict())
        record = Record.begin(target, pipeline, plan, run.lock.worker)
        with opened(pipeline, target, accounts, run, record, options.command) as place:
            return execute(place)


def resume(pipeline: Pipeline, target: Target, options: Options, say: Say, confirm: Callable[[Record], None]) -> Report:
    """Go on with the migration that is not finished.

    :raises InputError: there is none.
    """
    target = target.telling(say)
    accounts = _accounts(pipeline, target, options)
    if options.command:
        require_command(options.command)
    with _locked(pipeline, target, options, say) as run:
        record = _required(pipeline, target)
        if record.plan.how is How.BUILT_IN and accounts.owner is None:
            raise UsageError("the statements are run built in", hint="name the account for that with --mysql-url")
        confirm(record)
        with opened(pipeline, target, accounts, run, record, options.command) as place:
            return execute(place)


def abort(pipeline: Pipeline, target: Target, options: Options, say: Say, confirm: Callable[[Record], None]) -> Report:
    """End the migration that is not finished.

    :raises InputError: there is none.
    """
    target = target.telling(say)
    accounts = _accounts(pipeline, target, options)
    with _locked(pipeline, target, options, say) as run:
        record = _required(pipeline, target)
        confirm(record)
        with opened(pipeline, target, accounts, run, record) as place:
            return aborting.abort(place)


def _locked(pipeline: Pipeline, target: Target, options: Options, say: Say) -> AbstractContextManager[Run]:
    bucket = pipeline.connect.plugin_bucket
    if not target.storage.has_bucket(bucket):
        raise NotFoundError(f"bucket {bucket} does not exist", hint="deploy the pipeline first")
    if options.break_lock:
        broken = break_lock(target, bucket, lock_key(pipeline))
        say(f"broke the lock of {broken}" if broken else "there was no lock to break")
    return running(pipeline, target, "evolve apply", say)


def _accounts(pipeline: Pipeline, target: Target, options: Options) -> Accounts:
    source = pipeline.source
    user, password = read_credentials(target, source.credentials)
    return Accounts(Server(source.host, source.port, user, password), options.owner)


def _required(pipeline: Pipeline, target: Target) -> Record:
    record = unfinished(target, pipeline)
    if record is None:
        raise InputError(
            f"no migration of {pipeline.name} is under way", hint="begin one: cdcctl evolve apply -f FILE MIGRATION"
        )
    return record


def require_no_secrets(migrations: Sequence[Migration]) -> None:
    """A plan with its statements is shown and kept.

    :raises InputError: a statement holds a password.
    """
    for each in migrations:
        if _SECRET.search(names_in_sql.without_comments(each.sql)):
            raise InputError(
                f"{each.place}: the statement is about accounts and holds a password, and statements are kept here",
                hint="run it by itself: no table changes by it",
            )


def _planned(
    pipeline: Pipeline,
    target: Target,
    migrations: tuple[Migration, ...],
    accounts: Accounts,
    options: Options,
    say: Say,
) -> Plan:
    require_no_secrets(migrations)
    _require_running(pipeline, target)
    settings = of_pipeline(pipeline, target.region)
    say("reading the tables")
    tables = from_server(accounts.source, settings.databases)
    say("asking the connectors' own classes")
    with child_of(settings) as child:
        jars = _jars(settings)
        question = Question(settings, tables, migrations, from_registry(target), may_have_run=True)
        report = check(question, child, jars)
        if options.rewrite and (instead := rewritten(report)):
            report = check(replace(question, migrations=instead.migrations), child, jars)
            notes = instead.notes
        else:
            notes = ()
    say("looking at registries and tables")
    world = look(pipeline, settings, target, accounts.source, tables, report)
    plan = make_plan(pipeline, settings, report, world, options.choices)
    return replace(plan, notes=(*notes, *plan.notes))


def _jars(settings: Settings) -> Jars:
    return Jars(word_of("debezium-mysql", settings.debezium))


def _require_running(pipeline: Pipeline, target: Target) -> None:
    """:raises InputError: a connector is not there, or does not run: such a pipeline is not changed."""
    problems = []
    for name in names.connectors(pipeline):
        found = target.msk_connect.find_connector(name)
        if found is None or found.state != "RUNNING":
            problems.append(f"connector {name} {f'is {found.state}' if found else 'does not exist'}")
    if problems:
        raise InputError(
            "the pipeline does not run, and a migration is carried through a running one",
            hint="cdcctl deploy brings it up; cdcctl evolve check needs none of it",
            details=problems,
        )
