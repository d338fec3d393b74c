"""Steps on registries and connectors, crashed at every point: the emulated AWS, and records in its bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from aws_place import PLACE, World
from deploy_world import desired, pipeline

from cdcctl.deploy import failures
from cdcctl.deploy.deployment import Options, bring_about
from cdcctl.deploy.journal import read_journal
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.run import journal_folder, running
from cdcctl.errors import InputError, RemoteError
from cdcctl.evolve.settings import of_pipeline
from cdcctl.local.emulator import connector_life
from cdcctl.mysql.server import Server
from cdcctl.pipeline import Pipeline
from cdcctl.runbook import executor
from cdcctl.runbook.abort import set_back
from cdcctl.runbook.place import Accounts, Place
from cdcctl.runbook.plan import How, Kind, Plan, SchemaChange, Step, TableChange
from cdcctl.runbook.record import DONE, Record, folder, unfinished
from cdcctl.runbook.wanted import Effect, Seen

OLD = '{"type":"record","name":"V","fields":[{"name":"a","type":"int"}]}'
NEW = '{"type":"record","name":"V","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}'
OTHER = '{"type":"record","name":"V","fields":[{"name":"a","type":"int"},{"name":"c","type":"string"}]}'
SINK = "m-sink"


class Crash(BaseException):
    """As if the process had been killed: nothing after it runs, as far as the runbook is concerned."""


class Migrated:
    """A deployed pipeline with a schema on BACKWARD_ALL, and a migration that adds a required field."""

    def __init__(self, world: World, made: Pipeline, plan: Plan) -> None:
        self.world = world
        self.target = world.target
        self.pipeline = made
        self.plan = plan

    @contextmanager
    def place(self, record: Record | None = None) -> Iterator[Place]:
        """The place of a run of its own; without a record, of a new migration."""
        with running(self.pipeline, self.target, "evolve apply", lambda _text: None) as run:
            record = record or Record.begin(self.target, self.pipeline, self.plan, run.lock.worker)
            yield Place(
                pipeline=self.pipeline,
                settings=of_pipeline(self.pipeline, "r"),
                target=self.target,
                accounts=Accounts(Server("h", 1, "u", "p")),
                run=run,
                record=record,
                operations=Operations(run, None),
                # None of these steps asks for data.
                drain=cast(Any, None),
                signals=None,
            )

    def elsewhere(self) -> Record:
        """The record as another machine reads it."""
        record = unfinished(self.target, self.pipeline)
        assert record is not None
        return record

    @property
    def schema(self) -> tuple[str, int | None, list[tuple[str, str]]]:
        change = self.plan.schemas[0]
        found = self.target.registry.find_schema(change.registry, change.name)
        assert found is not None
        versions = self.target.registry.versions(change.registry, change.name)
        return found.compatibility, found.checkpoint, [(each.definition, each.status) for each in versions]

    @property
    def state(self) -> str:
        found = self.target.msk_connect.find_connector(SINK)
        assert found is not None
        return found.state


BEFORE = ("BACKWARD_ALL", 1, [(OLD, "AVAILABLE")])


@pytest.fixture(scope="module")
def deployed(
    emulator_port: tuple[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Pipeline]]:
    """A deployed pipeline, once for all tests."""
    folder = tmp_path_factory.mktemp("runbook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connector_life, "_VALIDATION_SECONDS", 0.01)
        patch.setattr(failures, "_LOG_SECONDS", 0)
        world = World(*emulator_port, folder / "store")
        made = pipeline(**PLACE, registries={"keys": "runbook-k", "values": "runbook-v"})
        wanted = desired(made, source_zip="one", sink_zip="one", folder=folder)
        bring_about(wanted, world.target, lambda _text: None, lambda _plan: None, Options())
        yield world, made
        for registry in ("runbook-k", "runbook-v"):
            world.target.registry.delete_registry(registry)


@pytest.fixture
def migrated(deployed: tuple[World, Pipeline], tmp_path: Path) -> Migrated:
    """A schema and a record of its own."""
    world, made = deployed
    for key in world.target.storage.keys("bucket", folder(made)):
        world.target.storage.delete("bucket", key)
    name = re.sub(r"[^\w-]", "", tmp_path.name)
    world.target.registry.create_schema("runbook-v", name, "BACKWARD_ALL")
    first = world.target.registry.register("runbook-v", name, OLD)
    change = SchemaChange("runbook-v", name, "a.b", "BACKWARD_ALL", 1, "FORWARD", first.id, (NEW,))
    steps = (
        Step(Kind.PAUSE, SINK, "pause"),
        Step(Kind.CLEAR, change.id, "clear"),
        Step(Kind.RELAX, change.id, "relax"),
        Step(Kind.REGISTER, change.id, "register"),
        Step(Kind.RESUME, SINK, "resume"),
        Step(Kind.TIGHTEN, change.id, "tighten"),
    )
    table = TableChange("a.b", "CREATE TABLE b", None, NEW, True, True, False, True, True)
    return Migrated(world, made, Plan("m", How.BUILT_IN, (), (table,), (change,), steps))


def crash(migrated: Migrated, monkeypatch: pytest.MonkeyPatch, number: int, when: str) -> None:
    with monkeypatch.context() as patch:
        crashing(patch, number, when)
        with pytest.raises(Crash):
            begin(migrated)


def begin(migrated: Migrated) -> executor.Report:
    with migrated.place() as place:
        return executor.execute(place)


def crashing(monkeypatch: pytest.MonkeyPatch, number: int, when: str) -> None:
    """Crash around the step of this number, from 0: before it is taken, or after it was and nobody has noted it."""
    left = number

    def around(real: executor.Handler) -> executor.Handler:
        def handler(*arguments: Any) -> Any:
            nonlocal left
            here, left = left == 0, left - 1
            if here and when == "before":
                raise Crash
            found = real(*arguments)
            if here:
                raise Crash
            return found

        return handler

    monkeypatch.setattr(executor, "HANDLERS", {kind: around(real) for kind, real in executor.HANDLERS.items()})


POINTS = [(number, when) for number in range(6) for when in ("before", "after")]


def seen(effect: Effect) -> Seen:
    return Seen({"a.b": effect}, {})


def test_straight_through(migrated: Migrated) -> None:
    with migrated.place() as place:
        report = executor.execute(place)
    assert report.ended == "done"
    # A mode of all versions would refuse whatever comes next if older ones still counted.
    assert migrated.schema == ("BACKWARD_ALL", 2, [(OLD, "AVAILABLE"), (NEW, "AVAILABLE")])
    assert migrated.state == "RUNNING"
    assert unfinished(migrated.target, migrated.pipeline) is None
    change = migrated.plan.schemas[0]
    (_, made) = migrated.target.registry.versions(change.registry, change.name)
    assert migrated.target.registry.metadata(made.id)["registered-by"] == migrated.target.principal
    (*_, run) = read_journal(migrated.target, "bucket", journal_folder(migrated.pipeline), 10)
    assert {"relax", "register", "tighten"} <= {entry["step"] for entry in run.entries}


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_crashed_anywhere_and_resumed_elsewhere(
    migrated: Migrated, monkeypatch: pytest.MonkeyPatch, number: int, when: str
) -> None:
    crash(migrated, monkeypatch, number, when)
    record = migrated.elsewhere()
    assert record.next == number
    assert f"{number} of 6 steps are done; step {number + 1} was begun" in record.standing
    with migrated.place(record) as place:
        executor.execute(place)
    assert migrated.schema == ("BACKWARD_ALL", 2, [(OLD, "AVAILABLE"), (NEW, "AVAILABLE")])
    assert migrated.state == "RUNNING"
    assert unfinished(migrated.target, migrated.pipeline) is None


@pytest.mark.parametrize(("number", "when"), POINTS)
def test_crashed_anywhere_and_aborted_nothing_is_left(
    migrated: Migrated, monkeypatch: pytest.MonkeyPatch, number: int, when: str
) -> None:
    crash(migrated, monkeypatch, number, when)
    with migrated.place(migrated.elsewhere()) as place:
        report = set_back(place, seen(Effect.NONE))
    mode, checkpoint, versions = migrated.schema
    # Once the checkpoint has moved on, its version cannot go any more.
    moved = (number, when) == (5, "after")
    assert (mode, checkpoint) == ("BACKWARD_ALL", 2 if moved else 1)
    assert versions == (BEFORE[2] if not moved else [(OLD, "AVAILABLE"), (NEW, "AVAILABLE")])
    assert migrated.state == "RUNNING"
    assert report.effects[-1] == "a.b is as before: none of the statements about it has taken effect"
    assert any("version 2 of" in line and "stays" in line for line in report.effects) is moved
    assert unfinished(migrated.target, migrated.pipeline) is None


def test_aborted_after_the_statement_its_version_is_there_before_the_mode_is_back(
    migrated: Migrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(migrated, monkeypatch, 3, "before")
    with migrated.place(migrated.elsewhere()) as place:
        report = set_back(place, seen(Effect.WHOLE))
    assert migrated.schema == ("BACKWARD_ALL", 2, [(OLD, "AVAILABLE"), (NEW, "AVAILABLE")])
    assert report.effects[0] == "a.b is as the migration wants it: the statements about it have taken effect"


def test_a_mode_that_somebody_else_has_set_is_left_alone(migrated: Migrated, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(migrated, monkeypatch, 3, "before")
    change = migrated.plan.schemas[0]
    migrated.target.registry.set_compatibility(change.registry, change.name, "FULL", 1)
    with pytest.raises(RemoteError, match="FULL; it was BACKWARD_ALL") as caught:
        begin(migrated)
    assert "2 of 6 steps are done; step 3 was begun: relax" in caught.value.details
    assert migrated.schema[0] == "FULL"


def test_a_refused_version_is_told_and_a_poisoned_one_cleared(migrated: Migrated) -> None:
    change = migrated.plan.schemas[0]
    registry = migrated.target.registry
    assert registry.register(change.registry, change.name, NEW).status == "FAILURE"
    unrelaxed = replace(migrated.plan, steps=(Step(Kind.REGISTER, change.id, "register"),))
    migrated.plan, whole = unrelaxed, migrated.plan
    with pytest.raises(RemoteError, match="refused version 2") as caught:
        begin(migrated)
    assert "--abort" in str(caught.value.hint)
    with migrated.place(migrated.elsewhere()) as place:
        set_back(place, seen(Effect.NONE))
    migrated.plan = whole
    with migrated.place() as place:
        executor.execute(place)
    assert [status for _, status in migrated.schema[2]] == ["AVAILABLE", "AVAILABLE"]


def test_records_of_other_versions(migrated: Migrated) -> None:
    target, place = migrated.target, folder(migrated.pipeline)
    assert unfinished(target, migrated.pipeline) is None
    target.storage.write("bucket", f"{place}1.json", b'{"format": 99, "outcome": "done"}')
    assert unfinished(target, migrated.pipeline) is None
    for content in (b'{"format": 99, "outcome": null}', b"[]", b"nothing"):
        target.storage.write("bucket", f"{place}2.json", content)
        with pytest.raises(InputError, match=r"evolve/2\.json is no record"):
            unfinished(target, migrated.pipeline)


def test_no_secret_is_in_a_record(migrated: Migrated) -> None:
    with migrated.place() as place:
        assert place.record.steps[0].state != DONE
        executor.execute(place)
    keys = [*migrated.target.storage.keys("bucket", folder(migrated.pipeline))]
    assert keys
    for key in keys:
        document = migrated.target.storage.read("bucket", key)
        assert document is not None
        assert b"password" not in document.content
