"""Steps on the registries: relax a mode, register what was predicted, confirm what was registered, tighten again."""

from __future__ import annotations

from typing import Any

from cdcctl.aws.glue_registry import Schema, SchemaVersion
from cdcctl.errors import NotFoundError, RemoteError
from cdcctl.evolve.fields import changes
from cdcctl.mysql.server import quoted
from cdcctl.registry.registration import noted_by
from cdcctl.runbook.place import Place
from cdcctl.runbook.plan import Kind, SchemaChange, Step
from cdcctl.runbook.record import Progress
from cdcctl.schema.compatibility import Mode

_SECONDS = 120


def clear(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Delete FAILURE versions that hold a definition that is going to be registered."""
    change = place.plan.schema(step.subject)
    gone = []
    for version in _versions(place, change):
        if version.status == "FAILURE" and version.definition in change.definitions:
            problems = place.target.registry.delete_versions(change.registry, change.name, str(version.number))
            if problems:
                raise RemoteError(f"version {version.number} of {change.id} cannot be deleted: {problems}")
            gone.append(version.number)
    return {"deleted": gone}


def relax(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Set the mode for the time being; the checkpoint stays."""
    change = place.plan.schema(step.subject)
    found = _schema(place, change)
    if found.compatibility not in (change.mode, change.relaxed):
        raise _set_by_another(change, found)
    if found.compatibility != change.relaxed:
        _set(place, change, str(change.relaxed), change.checkpoint)
    return {"from": change.mode, "to": change.relaxed}


def register(place: Place, step: Step, progress: Progress) -> dict[str, Any]:
    """Register the predicted versions before any event does, and note on them who did."""
    change = place.plan.schema(step.subject)
    if "before" not in progress.facts:
        # By these an abort tells which versions are new, also after a crash that left the answer unread.
        progress.facts["before"] = [version.id for version in _versions(place, change)]
        place.record.write()
    made = [register_one(place, change, definition) for definition in change.definitions]
    return {"versions": [each.id for each in made if each.id not in progress.facts["before"]]}


def register_one(place: Place, change: SchemaChange, definition: str) -> SchemaVersion:
    """Register one of the predicted versions.

    :raises RemoteError: it is refused.
    """
    registry = place.target.registry
    made = _settled(place, change, registry.register(change.registry, change.name, definition))
    if made.status != "AVAILABLE":
        raise refused(change, made)
    if not registry.metadata(made.id):
        for key, value in noted_by(place.target).items():
            registry.note(made.id, key, value)
    return made


def confirm(place: Place, step: Step, progress: Progress) -> dict[str, Any]:
    """Wait until the source is past the statements, and hold what is registered against the prediction.

    Debezium registers at the first event. Where none has come, one row is sent again, which changes nothing; where that
    is not possible, the first event will register what is predicted here.

    :raises RemoteError: something else was registered, or it was refused.
    """
    change = place.plan.schema(step.subject)
    place.drain.source(place.say)
    found = _judged(place, change)
    if found is None and (condition := _one_row(place, change)):
        place.say(f"asking for one row of {change.table}, which makes Debezium register its version")
        if place.signals:
            progress.facts["signal"] = place.signals.snapshot(change.table, condition=condition)
            place.record.write()
        place.drain.backfilled(place.say)
        found = _judged(place, change)
    if found is None:
        return {"registered": None, "later": "at the first event of the table"}
    return {"registered": found.number, "id": found.id}


def tighten(place: Place, step: Step, _progress: Progress) -> dict[str, Any]:
    """Set the mode back to exactly what it was."""
    change = place.plan.schema(step.subject)
    found = _schema(place, change)
    if found.compatibility == change.mode:
        return {"mode": change.mode}
    if found.compatibility != change.relaxed:
        raise _set_by_another(change, found)
    # Held against older versions, a mode of all versions would refuse everything from now on.
    there = any(each.definition == change.definitions[-1] and each.status == "AVAILABLE"
                for each in _versions(place, change))  # fmt: skip
    checkpoint = found.latest if there and Mode(change.mode).checks_all else change.checkpoint
    _set(place, change, change.mode, checkpoint)
    return {"mode": change.mode, "checkpoint": checkpoint}


def refused(change: SchemaChange, version: SchemaVersion) -> RemoteError:
    """The registry refused a version that was predicted to pass."""
    return RemoteError(
        f"the registry refused version {version.number} of {change.id}: it is {version.status}",
        hint="--abort sets everything back; the verdict was made for the versions and the mode of then",
    )


def _judged(place: Place, change: SchemaChange) -> SchemaVersion | None:
    """The predicted version, when it is there; None when nothing was registered yet.

    :raises RemoteError: what is there is something else.
    """
    versions = _versions(place, change)
    known = next((number for number, each in enumerate(versions) if each.id == change.latest), -1)
    final = change.definitions[-1]
    for version in versions[known + 1 :]:
        if version.status == "FAILURE":
            raise refused(change, version)
        if version.definition not in change.definitions:
            raise _unpredicted(change, version)
    return next((each for each in versions if each.definition == final and each.status == "AVAILABLE"), None)


def _unpredicted(change: SchemaChange, version: SchemaVersion) -> RemoteError:
    differing = changes(change.definitions[-1], version.definition)
    return RemoteError(
        f"version {version.number} of {change.id} is not what was predicted",
        hint="compare the two; --abort sets everything back",
        details=[
            *(f"{each.field} {each.change}: {each.before} → {each.after}" for each in differing),
            f"predicted:  {change.definitions[-1]}",
            f"registered: {version.definition}",
        ],
    )


def _one_row(place: Place, change: SchemaChange) -> str | None:
    """A condition that is true for one row of the table; None when there is no way to ask for one."""
    table = place.plan.table(change.table)
    if not table.keyed or place.signals is None or not place.signals.exists():
        return None
    with place.accounts.source.connected() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.key_column_usage WHERE constraint_name = 'PRIMARY' "
            "AND table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            table.name.split(".", 1),
        )
        columns = [str(row[0]) for row in cursor.fetchall()]
        named = ", ".join(map(quoted_column, columns))
        # QUOTE gives a literal that is true for numbers, dates and text; bytes are compared as hexadecimal ones.
        literals = ", ".join(f"CONCAT('0x', HEX({quoted_column(each)}))" for each in columns)
        cursor.execute(f"SELECT {named}, {literals} FROM {quoted(table.name)} LIMIT 1")  # noqa: S608 - names are quoted
        row = cursor.fetchone()
    if row is None:
        return None
    values, texts = row[: len(columns)], row[len(columns) :]
    pairs = zip(columns, values, texts, strict=True)
    return " AND ".join(f"{quoted_column(name)} = {_literal(value, text)}" for name, value, text in pairs)


def _literal(value: Any, hexadecimal: str) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, str)):
        return hexadecimal
    return f"'{value}'"


def quoted_column(name: str) -> str:
    """A column's name as MySQL takes it."""
    return "`" + name.replace("`", "``") + "`"


def _settled(place: Place, change: SchemaChange, made: SchemaVersion) -> SchemaVersion:
    """The version once it is not PENDING any more."""
    if made.status != "PENDING":
        return made

    def look() -> SchemaVersion:
        return next(each for each in _versions(place, change) if each.id == made.id)

    return place.run.waiting.until(
        look, lambda each: each.status != "PENDING", _SECONDS, lambda each: f"version {each.number} is PENDING"
    )


def _versions(place: Place, change: SchemaChange) -> list[SchemaVersion]:
    return place.target.registry.versions(change.registry, change.name)


def _schema(place: Place, change: SchemaChange) -> Schema:
    found = place.target.registry.find_schema(change.registry, change.name)
    if found is None:
        raise NotFoundError(f"schema {change.id} is gone", hint="was it deleted meanwhile?")
    return found


def _set(place: Place, change: SchemaChange, mode: str, checkpoint: int | None) -> None:
    place.target.registry.set_compatibility(change.registry, change.name, mode, checkpoint)
    found = _schema(place, change)
    if found.compatibility != mode:
        raise RemoteError(f"schema {change.id} is {found.compatibility} although it was set to {mode}")


def _set_by_another(change: SchemaChange, found: Schema) -> RemoteError:
    return RemoteError(
        f"the compatibility of {change.id} is {found.compatibility}; it was {change.mode} when this was planned",
        hint=f"somebody else has set it; set it to {change.mode} and run this with --resume, or --abort",
    )


HANDLERS = {
    Kind.CLEAR: clear,
    Kind.RELAX: relax,
    Kind.REGISTER: register,
    Kind.CONFIRM: confirm,
    Kind.TIGHTEN: tighten,
}
