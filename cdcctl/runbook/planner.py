"""From the verdict on a migration to the steps that carry it out. Pure: everything it needs has been looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cdcctl.evolve import text
from cdcctl.evolve.fields import fields
from cdcctl.evolve.report import Effect, Report, Side
from cdcctl.evolve.rules import BY_SLUG
from cdcctl.evolve.settings import Settings
from cdcctl.pipeline import Pipeline
from cdcctl.runbook.already import is_already
from cdcctl.runbook.plan import How, Kind, Plan, SchemaChange, Statement, Step, TableChange
from cdcctl.runbook.world import Registered, World
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.compatibility import verdicts as directly

# Errors that a runbook takes care of: the registry's refusal, by relaxing its mode for the time being.
_HANDLED = frozenset(BY_SLUG[slug].code for slug in ("value-refused", "key-refused", "steps-unregistered"))
# Nobody may accept these: the connector stops, or nothing is known.
_FATAL = frozenset({"kills-the-connector", "unknown"})
_FATAL_CODES = frozenset(BY_SLUG[slug].code for slug in ("not-mysql", "table-unknown", "definition-too-long"))
# What sending the table again cures.
_CURED_BY_BACKFILL = {
    BY_SLUG["rows-not-rewritten"].code: "rows that are there already keep NULL in the new column",
    BY_SLUG["rows-converted"].code: "MySQL converts rows that are there without an event",
    BY_SLUG["options-changed"].code: "rows that hold an option that is gone change without an event",
    BY_SLUG["key-changes"].code: "rows that are there have the old key",
}
# The strictest first; a mode of all versions is first tried against the last one alone.
_WEAKER = (Mode.FULL, Mode.BACKWARD, Mode.FORWARD, Mode.NONE)
_FIRST_WITH_CONDITIONS = (2, 4)


@dataclass(frozen=True)
class Choices:
    """What the user has chosen.

    :ivar owner: there is an account that may change tables, whoever runs the statements.
    :ivar backfill: whether tables are sent again; None: where the verdict says so.
    :ivar pause: pause the sinks while a relaxed mode lets a version pass, unless somebody else runs the statements:
        nobody knows how long that takes.
    :ivar accept: codes of errors to go on with.
    """

    how: How = How.BUILT_IN
    owner: bool = True
    pre_register: bool = False
    backfill: bool | None = None
    pause: bool = True
    accept: frozenset[str] = frozenset()


def make_plan(pipeline: Pipeline, settings: Settings, report: Report, world: World, choices: Choices) -> Plan:
    """The runbook of a migration; one that is refused has no steps, one that has nothing to do neither."""
    return _Planning(pipeline, settings, report, world, choices).plan()


class _Planning:
    def __init__(self, pipeline: Pipeline, settings: Settings, report: Report, world: World, choices: Choices) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._report = report
        self._effects = report.effects
        self._world = world
        self._choices = choices
        self._notes: list[str] = []

    def plan(self) -> Plan:
        statements = tuple(self._statements())
        plan = Plan(
            self._pipeline.name,
            self._choices.how,
            statements,
            offers=tuple(_offers(self._effects)),
            verdict=tuple(text.lines(self._report)),
        )
        if refusals := tuple(self._refusals()):
            return replace(plan, refusals=refusals)
        tables, schemas = tuple(self._tables()), tuple(self._schemas())
        steps = tuple(self._steps(statements, tables, schemas))
        return replace(plan, tables=tables, schemas=schemas, steps=steps, notes=tuple(self._notes))

    def _refusals(self) -> Iterator[str]:
        for effect in self._effects:
            for finding in effect.findings:
                fatal = effect.outcome in _FATAL or finding.code in _FATAL_CODES
                accepted = finding.code in _HANDLED or (finding.code in self._choices.accept and not fatal)
                if finding.severity == "error" and not accepted:
                    more = "" if fatal else f" (--accept {finding.code} goes on all the same)"
                    told = f"{finding.code} {finding.rule.title}: {finding.message}{more}"
                    yield f"{effect.migration.place}: {told}"

    def _statements(self) -> Iterator[Statement]:
        by_statement: dict[int, list[Effect]] = {}
        for effect in self._effects:
            by_statement.setdefault(id(effect.migration), []).append(effect)
        for effects in by_statement.values():
            migration = effects[0].migration
            already = any(is_already(effect) for effect in effects)
            if already:
                told = (
                    f"{migration.place}: {effects[0].table} is already as the statement wants it; it is not run again"
                )
                self._notes.append(told)
            yield Statement(migration.sql, migration.database, migration.place, effects[0].table, already)

    def _tables(self) -> Iterator[TableChange]:
        """The tables as they are going to be; of one that is renamed, the new name."""
        last = {effect.table: effect for effect in self._effects if effect.table}
        gone = self._renamed_away()
        for name, effect in last.items():
            if name in gone and name not in self._world.created:
                # A name on the way only.
                continue
            was = name if name in self._world.created else self._first_name(name)
            key, value = _wanted(effect.key), _wanted(effect.value)
            dropped = name in gone or (effect.models[0] is not None and effect.models[1] is None)
            captured = effect.outcome != "not-captured" and not dropped and value is not None
            yield TableChange(
                name,
                self._world.created.get(name),
                key if captured else None,
                value if captured else None,
                captured,
                awaited=any(effect.table == name and not is_already(effect) for effect in self._effects),
                same_definitions=self._same_definitions(name),
                rows=was in self._world.filled,
                keyed=was in self._world.keyed,
            )

    def _renamed_away(self) -> set[str]:
        """Names that no table has any more afterwards."""
        by_statement: dict[int, list[Effect]] = {}
        for effect in self._effects:
            by_statement.setdefault(id(effect.migration), []).append(effect)
        gone: set[str] = set()
        for effects in by_statement.values():
            gone |= {effect.renamed_from for effect in effects if effect.renamed_from}
            # In a swap a name is given up and taken by one statement.
            gone -= {effect.table for effect in effects if effect.table}
        return gone

    def _same_definitions(self, table: str) -> bool:
        """Whether no statement changes what the table gives; where it is registered already, the models tell."""
        return all(
            effect.outcome == "unchanged" or is_already(effect) for effect in self._effects if effect.table == table
        )

    def _first_name(self, table: str) -> str:
        """What a table was called before the migration."""
        for effect in reversed(self._effects):
            if effect.table == table and effect.renamed_from:
                table = effect.renamed_from
        return table

    def _schemas(self) -> Iterator[SchemaChange]:
        sides: dict[tuple[str, str], list[tuple[str, Side]]] = {}
        for effect in self._effects:
            for registry, side in self._sides(effect):
                if side.after is not None and side.schema is not None and side.is_new:
                    place = (registry, self._settings.schema_name or side.schema)
                    sides.setdefault(place, []).append((str(effect.table), side))
        for (registry, name), found in sides.items():
            there = self._world.schemas.get((registry, name)) or Registered(found[-1][1].mode.value, None, None)
            definitions = tuple(dict.fromkeys(str(side.after) for _, side in found))
            relaxed = _relaxed(Mode(there.mode), _taking(found, definitions, there)) if there.available else None
            yield SchemaChange(
                registry, name, found[-1][0], there.mode, there.checkpoint, relaxed, there.latest, definitions
            )

    def _sides(self, effect: Effect) -> tuple[tuple[str, Side], tuple[str, Side]]:
        return (self._settings.key_registry, effect.key), (self._settings.value_registry, effect.value)

    def _steps(
        self, statements: Sequence[Statement], tables: Sequence[TableChange], schemas: Sequence[SchemaChange]
    ) -> Iterator[Step]:
        if all(each.already for each in statements) and not schemas and not self._choices.backfill:
            return
        changed = [table for table in tables if table.captured and self._is_touched(table)]
        backfills = list(self._backfills(changed))
        if not self._world.signals and (backfills or self._can_make_signals()):
            yield from self._signal_table(bool(backfills))
        yield Step(Kind.DRAIN, "", "wait until everything that MySQL has written is in the tables", _DRAIN)
        yield from self._before(schemas, changed)
        yield from self._run(statements)
        for schema in schemas:
            yield Step(Kind.CONFIRM, schema.id, f"confirm that what {schema.id} registers is what was predicted")
        yield from self._after(schemas)
        yield from backfills
        for schema in schemas:
            if schema.relaxed:
                yield Step(Kind.TIGHTEN, schema.id, f"set {schema.id} back to {schema.mode}", _checkpoint(schema))
        yield from self._verifications(changed)

    def _is_touched(self, table: TableChange) -> bool:
        return bool(self._choices.backfill) or any(
            effect.table == table.name and (effect.outcome != "unchanged" or effect.findings)
            for effect in self._effects
        )

    def _can_make_signals(self) -> bool:
        return self._choices.owner and self._pipeline.source.signals is not None

    def _signal_table(self, needed: bool) -> Iterator[Step]:
        name = self._pipeline.source.signals
        if self._can_make_signals():
            why = "a table is sent again by a row in it" if needed else "markers in it tell how far the source has read"
            yield Step(Kind.SIGNAL_TABLE, str(name), f"create the signal table {name}", why)

    def _before(self, schemas: Sequence[SchemaChange], changed: Sequence[TableChange]) -> Iterator[Step]:
        """What must be so before the statements run."""
        relaxing = [each for each in schemas if each.relaxed]
        if self._pauses(schemas):
            for name in self._world.sinks:
                yield Step(Kind.PAUSE, name, f"pause {name}", "until the new version is known to be the predicted one")
        for schema in schemas:
            failed = self._world.schemas.get((schema.registry, schema.name), Registered("", None, None)).failed
            if set(failed) & set(schema.definitions):
                why = "it was refused once, and its definition is taken until that version is gone"
                yield Step(Kind.CLEAR, schema.id, f"delete the FAILURE version of {schema.id}", why)
        for schema in relaxing:
            what = f"set {schema.id} from {schema.mode} to {schema.relaxed}"
            yield Step(Kind.RELAX, schema.id, what, f"{schema.mode} refuses the new version")
        for schema in schemas:
            table = next((each for each in changed if each.name == schema.table), None)
            unseen = schema.relaxed is not None and not self._can_ask_for_a_row(table)
            if (self._choices.pre_register or unseen) and schema.latest is not None:
                why = "no row can be asked for, so that nothing else would register it in time" if unseen else ""
                number = len(schema.definitions)
                yield Step(
                    Kind.REGISTER, schema.id, f"register {number} predicted version(s) of {schema.id}", why or _EARLY
                )

    def _pauses(self, schemas: Sequence[SchemaChange]) -> bool:
        built_in = self._choices.how is How.BUILT_IN
        return self._choices.pause and built_in and any(schema.relaxed for schema in schemas)

    def _can_ask_for_a_row(self, table: TableChange | None) -> bool:
        """Whether an incremental snapshot of one row can make the connector register what the table gives."""
        signals = self._world.signals or self._can_make_signals()
        version = tuple(int(part) for part in self._pipeline.source.debezium.split("."))
        return table is not None and table.rows and table.keyed and signals and version >= _FIRST_WITH_CONDITIONS

    def _run(self, statements: Sequence[Statement]) -> Iterator[Step]:
        to_run = {number: each for number, each in enumerate(statements) if not each.already}
        if not to_run:
            return
        if self._choices.how is How.BUILT_IN:
            for number, statement in to_run.items():
                yield Step(Kind.DDL, str(number), f"run {statement.place}: {_short(statement.sql)}")
            return
        count = f"{len(to_run)} statement{'s' if len(to_run) > 1 else ''}"
        waits = self._choices.how is How.WAIT
        what = f"wait until somebody has run {count}" if waits else f"have the command run {count}"
        yield Step(Kind.DDL, "", what, "; ".join(_short(each.sql) for each in to_run.values()))

    def _after(self, schemas: Sequence[SchemaChange]) -> Iterator[Step]:
        if self._pauses(schemas):
            for name in self._world.sinks:
                yield Step(Kind.RESUME, name, f"resume {name}")

    def _backfills(self, tables: Sequence[TableChange]) -> Iterator[Step]:
        for table in tables:
            why = self._why_backfill(table)
            if not why or not table.rows:
                continue
            if problem := self._cannot_backfill(table):
                self._notes.append(f"{table.name} is not sent again, though {why}: {problem}")
            else:
                what = f"send every row of {table.name} again (incremental snapshot)"
                yield Step(Kind.BACKFILL, table.name, what, why)

    def _why_backfill(self, table: TableChange) -> str:
        reasons: list[str] = []
        for effect in self._effects:
            if effect.table != table.name:
                continue
            if effect.renamed_from and effect.outcome == "new-schema":
                reasons.append("its new topic has none of the rows that are there already")
            reasons += [_CURED_BY_BACKFILL[each.code] for each in effect.findings if each.code in _CURED_BY_BACKFILL]
            if is_already(effect) and _fills(effect.value):
                reasons.append(_CURED_BY_BACKFILL[BY_SLUG["rows-not-rewritten"].code])
        if self._choices.backfill and not reasons:
            reasons.append("--backfill says so")
        return "; ".join(dict.fromkeys(reasons))

    def _cannot_backfill(self, table: TableChange) -> str:
        if self._choices.backfill is False:
            return "--no-backfill"
        if not table.keyed:
            return "it has no primary key, which an incremental snapshot needs"
        if self._pipeline.source.signals is None:
            return "the pipeline names no signal table (source.signal_table)"
        if not self._world.signals and not self._can_make_signals():
            return f"the signal table {self._pipeline.source.signals} does not exist"
        return ""

    def _verifications(self, tables: Sequence[TableChange]) -> Iterator[Step]:
        for table in tables:
            if self._pipeline.source.events.shape != "row":
                self._notes.append(f"{table.name} is not compared: source.events.shape is not row")
                continue
            taken = self._pipeline.sink.tables
            if taken is not None and table.name not in taken:
                self._notes.append(f"{table.name} is not compared: sink {self._pipeline.sink.name} does not take it")
                continue
            yield Step(Kind.VERIFY, table.name, f"compare every row of {table.name} in MySQL with Parquet")


_DRAIN = "an event of before must not meet what is changed here; and a pipeline that stands still is not changed"
_EARLY = "it is there before the first event that needs it"


def _wanted(side: Side) -> str | None:
    """What SHOW CREATE TABLE of the changed table gives."""
    return side.snapshot or side.after


def _taking(found: Sequence[tuple[str, Side]], definitions: Sequence[str], there: Registered) -> Mapping[Mode, bool]:
    """Mode → whether it takes the new versions, one after the other, and each of them if those before never come.

    Debezium registers at an event; without one between two statements the first one's version is never registered, and
    the second one's is held against what was there before both.
    """
    verdicts = [side.compatible for _, side in found if side.compatible]
    verdicts += [directly(definition, there.available) for definition in definitions]
    return {mode: all(each[mode.value] for each in verdicts) for mode in Mode}


def _relaxed(mode: Mode, taking: Mapping[Mode, bool]) -> str | None:
    """The strictest mode that takes all new versions; None when the present one does."""
    if taking[mode]:
        return None
    pairwise = Mode(mode.value.removesuffix("_ALL"))
    return next(each.value for each in (pairwise, *_WEAKER) if each is not mode and taking[each])


def _checkpoint(schema: SchemaChange) -> str:
    if Mode(schema.mode).checks_all:
        return "its checkpoint moves to the new version, which older ones would be held against for ever"
    return ""


def _fills(side: Side) -> bool:
    """Whether the new version has a field that MySQL filled in rows that are there already."""
    old = fields(side.before)
    added = [field for name, field in fields(side.after).items() if name not in old]
    return any(not field.nullable or field.default is not None for field in added)


def _offers(effects: Sequence[Effect]) -> Iterator[str]:
    """Other ways of writing that pass, where the statement is refused or makes the registry relax."""
    for effect in effects:
        rewrites = [each.rewrite for each in effect.findings if each.rewrite and each.severity == "error"]
        yield from dict.fromkeys(rewrites)


def _short(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 100 else f"{line[:99]}…"
