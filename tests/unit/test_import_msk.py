"""Import of what runs, on the emulated AWS: the plan for the imported pipeline is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_place import PLACE, World
from deploy_world import desired, pipeline
from ruamel.yaml import YAML

from cdcctl.deploy.deployment import Options, bring_about
from cdcctl.deploy.observe import observe
from cdcctl.deploy.planner import make_plan
from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.importing.command import Imported, Wishes, import_all
from cdcctl.importing.deployed import from_msk
from cdcctl.importing.yaml_text import to_yaml
from cdcctl.local.emulator import connector_life
from cdcctl.pipeline import Pipeline, parse

SETTINGS: dict[str, Any] = {
    **PLACE,
    "source": {"debezium": "2.7"},
    "sink": {"capacity": {"min_workers": 1, "max_workers": 3, "max_tasks": 4}},
    "connect": {
        "capacity": {"mcu": 2},
        "log_group": "/some/group",
        "logs": {"s3": {"bucket": "logs", "prefix": "connect"}},
        "network": "DUAL",
    },
    "worker": {"offset_topic": "offsets", "properties": {"offset.flush.interval.ms": 5000}},
    "tags": {"team": "data"},
}


@pytest.fixture
def world(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(connector_life, "_VALIDATION_SECONDS", 0.01)
    return World(*emulator_port, tmp_path / "store")


def deployed(world: World, made: Pipeline, folder: Path) -> None:
    wanted = desired(made, folder=folder)
    bring_about(wanted, world.target, lambda _: None, lambda _plan: None, Options())


def imported(world: World, *names: str, **wishes: str) -> tuple[Imported, Pipeline]:
    made = import_all(from_msk(world.target, names), Wishes(region=world.target.region, **wishes))
    return made, parse([Document("written", YAML(typ="safe").load(to_yaml(made)))])


@pytest.mark.parametrize("settings", [PLACE, SETTINGS], ids=["plain", "much"])
def test_the_plan_for_what_was_imported_is_empty(world: World, tmp_path: Path, settings: dict[str, Any]) -> None:
    before = pipeline(**settings)
    deployed(world, before, tmp_path)
    made, after = imported(world, "m-source", "m-sink", debezium=before.source.debezium)
    assert after.model_dump(exclude_defaults=True) == before.model_dump(exclude_defaults=True)
    assert (
        make_plan(desired(after, folder=tmp_path), observe(world.target, desired(after, folder=tmp_path))).changes == ()
    )
    assert [note for note in made.notes if note.what not in ("note", "raw", "dropped")] == []


def test_other_names_are_told(world: World, tmp_path: Path) -> None:
    """A pipeline names its connectors itself: those that run under other names would run twice."""
    deployed(world, pipeline(**PLACE), tmp_path)
    made, after = imported(world, "m-source", "m-sink", name="films")
    assert after.name == "films"
    told = {note.where: (note.new, note.why) for note in made.notes if note.key == "the connector's name"}
    assert {where: new for where, (new, _) in told.items()} == {"source": "films-source", "sink sink": "films-sink"}
    assert "m-source" in told["source"][1]
    # What the pipeline would have called otherwise keeps its name.
    assert after.source.schema_history.topic == "m-schema-history"
    assert after.worker.offset_topic == "m-connect-offsets"


def test_the_plugins_name_tells_the_version(world: World, tmp_path: Path) -> None:
    deployed(world, pipeline(**PLACE), tmp_path)
    found = from_msk(world.target, ["m-source"])
    assert found[0].bucket == "bucket"
    named = import_all(
        [type(found[0])(**{**vars(found[0]), "plugin": "debezium-connector-mysql-2.6.2.Final"})], Wishes()
    )
    assert named.pipeline.source.debezium == "2.6"


def test_a_connector_that_does_not_exist(world: World) -> None:
    with pytest.raises(InputError, match="no connector nobody"):
        from_msk(world.target, ["nobody"])
