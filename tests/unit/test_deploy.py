"""Carrying plans out on the emulated AWS: what fails, what is told of it, and what a second deploy finds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_place import PLACE, World
from deploy_world import desired, pipeline

from cdcctl.aws.msk_connect import MskConnect
from cdcctl.deploy import failures
from cdcctl.deploy.deployment import Options, bring_about, deploy
from cdcctl.deploy.desired import Desired
from cdcctl.deploy.journal import read_journal
from cdcctl.deploy.lock import LockedError
from cdcctl.deploy.observe import observe
from cdcctl.deploy.plan import Action, Plan
from cdcctl.deploy.planner import make_plan
from cdcctl.deploy.run import journal_folder, running
from cdcctl.deploy.saved_plan import load_plan, save_plan
from cdcctl.errors import InputError, RemoteError
from cdcctl.local.emulator import connector_life
from cdcctl.local.emulator.faults import FaultSpec, Kind


@pytest.fixture
def world(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(connector_life, "_VALIDATION_SECONDS", 0.01)
    monkeypatch.setattr(failures, "_LOG_SECONDS", 0)
    return World(*emulator_port, tmp_path / "store")


@pytest.fixture
def wanted(tmp_path: Path) -> Callable[..., Desired]:
    def make(source_zip: str = "one", **overlay: Any) -> Desired:
        return desired(pipeline(**{**PLACE, **overlay}), source_zip=source_zip, sink_zip="one", folder=tmp_path)

    return make


Wanted = Callable[..., Desired]


def run(world: World, made: Desired, options: Options | None = None, said: list[str] | None = None) -> Plan:
    say = (said if said is not None else []).append
    return bring_about(made, world.target.telling(say), say, lambda _plan: None, options or Options())


def plan(world: World, made: Desired) -> Plan:
    return make_plan(made, observe(world.target, made))


def actions(made: Plan) -> dict[str, str]:
    return {step.name: step.action.value for step in made.changes}


def test_a_second_deploy_changes_nothing_and_leaves_no_journal(world: World, wanted: Wanted) -> None:
    made = wanted()
    assert plan(world, made).changes
    run(world, made)
    assert plan(world, made).changes == ()
    before = world.changes()
    assert run(world, made).changes == ()
    assert world.changes() == before
    (only,) = read_journal(world.target, "bucket", journal_folder(made.pipeline), 10)
    assert (only.command, only.outcome) == ("deploy", "done")
    assert {"create connector m-source", "create connector m-sink"} <= {each["step"] for each in only.entries}
    assert {each["outcome"] for each in only.entries} == {"done"}
    assert "cdcctl/pipelines/m/lock.json" not in world.target.storage.keys("bucket", "")


def test_configuration_plugin_worker_and_capacity_change_in_place(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    arns = {each.name: each.arn for each in world.target.msk_connect.list_connectors()}
    after = wanted(
        "two",
        source={"server_id": 2},
        worker={"properties": {"offset.flush.interval.ms": 1}},
        connect={"capacity": {"mcu": 2}},
    )
    done = run(world, after)
    assert (actions(done)["m-source"], actions(done)["m-sink"]) == ("update", "update")
    assert {each.name: each.arn for each in world.target.msk_connect.list_connectors()} == arns
    assert plan(world, after).changes == ()
    found = world.target.msk_connect.find_connector("m-source")
    assert found is not None
    assert found.configuration["database.server.id"] == "2"
    assert [each.name for each in world.target.msk_connect.list_plugins("debezium")] == ["debezium-twoxxxxxxxxx"]


def test_what_cannot_be_changed_is_made_again_under_the_same_name(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    before = {each.name: each.arn for each in world.target.msk_connect.list_connectors()}
    done = run(world, wanted(connect={"log_group": "/other"}))
    assert {actions(done)[name] for name in ("m-source", "m-sink")} == {"replace"}
    after = {each.name: each.arn for each in world.target.msk_connect.list_connectors()}
    assert after.keys() == before.keys()
    assert set(after.values()).isdisjoint(before.values())


def test_a_failed_connector_says_all_that_is_known(world: World, wanted: Wanted) -> None:
    world.healthy = lambda spec: spec.name != "m-source"
    world.target.logs.create_group("/cdcctl/m")
    with pytest.raises(RemoteError) as caught:
        run(world, wanted())
    assert caught.value.message == "connector m-source is FAILED"
    assert caught.value.details[0].startswith("state description: UnknownError.Unknown")
    assert "/cdcctl/m" in str(caught.value.hint)
    (only,) = read_journal(world.target, "bucket", journal_folder(wanted().pipeline), 10)
    assert only.outcome == "failed: connector m-source is FAILED"
    world.healthy = lambda _spec: True
    assert actions(run(world, wanted())) == {"m-source": "replace"}


def test_an_update_that_is_rolled_back_is_a_failure_though_the_service_says_running(
    world: World, wanted: Wanted
) -> None:
    run(world, wanted())
    world.healthy = lambda spec: spec.configuration.get("database.server.id") != "2"
    with pytest.raises(RemoteError) as caught:
        run(world, wanted(source={"server_id": 2}))
    assert "UPDATE_CONNECTOR_CONFIGURATION of connector m-source was rolled back; it runs as before" in (
        caught.value.message
    )
    assert any("VALIDATE_UPDATE: FAILED" in line for line in caught.value.details)
    found = world.target.msk_connect.find_connector("m-source")
    assert found is not None
    assert (found.state, found.configuration["database.server.id"]) == ("RUNNING", "1")
    assert plan(world, wanted()).changes == ()


def test_the_other_connectors_are_finished_when_one_fails(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    world.healthy = lambda spec: spec.configuration.get("database.server.id") != "2"
    changed = wanted(source={"server_id": 2}, sink={"commit_interval_ms": 5000})
    with pytest.raises(RemoteError):
        run(world, changed)
    assert actions(plan(world, changed)) == {"m-source": "update"}


def test_a_paused_connector_stays_paused_and_is_updated(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    connect = world.target.msk_connect
    source = connect.find_connector("m-source")
    assert source is not None
    connect.pause_connector(source.arn)
    run(world, wanted(source={"server_id": 2}))
    found = connect.find_connector("m-source")
    assert found is not None
    assert (found.state, found.configuration["database.server.id"]) == ("PAUSED", "2")
    assert plan(world, wanted(source={"server_id": 2})).changes == ()


@pytest.mark.parametrize("kind", [Kind.THROTTLE, Kind.SERVER_ERROR])
def test_throttling_is_waited_out_with_its_reason(world: World, wanted: Wanted, kind: Kind) -> None:
    world.faults.set(FaultSpec(kind, service="kafkaconnect", operation="CreateConnector", count=2))
    said: list[str] = []
    run(world, wanted(), said=said)
    assert any(text.startswith("CreateConnector: AWS says") for text in said)
    assert plan(world, wanted()).changes == ()


def test_every_answer_of_every_changing_call_may_be_lost(world: World, wanted: Wanted) -> None:
    for operation in ("CreateConnector", "CreateCustomPlugin", "CreateWorkerConfiguration", "UpdateConnector"):
        world.faults.set(FaultSpec(Kind.LOST_REPLY, service="kafkaconnect", operation=operation, count=1))
    run(world, wanted())
    assert world.acts == {"start m-source": 1, "start m-sink": 1}
    run(world, wanted(source={"server_id": 2}))
    assert world.acts["change m-source"] == 1
    assert plan(world, wanted(source={"server_id": 2})).changes == ()


def test_what_somebody_else_removed_meanwhile_stops_the_deploy(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    changed = wanted(source={"server_id": 2})

    def confirm(_plan: Plan) -> None:
        other = wanted(source={"server_id": 9})
        connect = world.target.msk_connect
        found = connect.find_connector("m-source")
        assert found is not None
        configuration = dict(other.connectors[0].request.configuration)
        operation = connect.update_connector(found, {"connectorConfiguration": configuration})
        assert operation is not None
        while not connect.describe_operation(operation).is_over:
            time.sleep(0.01)

    with pytest.raises(RemoteError, match="changed by somebody else since the plan was made"):
        bring_about(changed, world.target, lambda _: None, confirm, Options())
    assert actions(run(world, changed)) == {"m-source": "update"}


def test_two_deploys_at_once(world: World, wanted: Wanted) -> None:
    with running(wanted().pipeline, world.target, "deploy", lambda _: None):
        with pytest.raises(LockedError, match="is under way"):
            run(world, wanted())
        assert world.acts == {}
        run(world, wanted(), Options(break_lock=True))
    assert plan(world, wanted()).changes == ()


def test_names_that_are_still_being_deleted_are_waited_for(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    connect = world.target.msk_connect
    for each in connect.list_connectors():
        connect.delete_connector(each.arn)
    run(world, wanted())
    assert world.acts["start m-source"] == 2
    for each in connect.list_connectors():
        connect.delete_connector(each.arn)
    while connect.list_connectors():
        time.sleep(0.01)
    for plugin in connect.list_plugins():
        connect.delete_plugin(plugin.arn)
    for worker in connect.list_worker_configurations(""):
        connect.delete_worker_configuration(worker.arn)
    run(world, wanted())
    assert plan(world, wanted()).changes == ()


def test_a_role_that_iam_does_not_tell_of_yet_is_waited_for(
    world: World, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    refusals = [2]
    create = MskConnect.create_connector

    def refusing(self: MskConnect, request: Any) -> str:
        if refusals[0]:
            refusals[0] -= 1
            raise InputError(
                "CreateConnector failed: BadRequestException: the service execution role cannot be assumed"
            )
        return create(self, request)

    monkeypatch.setattr(MskConnect, "create_connector", refusing)
    run(world, wanted(), said=said)
    assert any("IAM may need two minutes" in text for text in said)


def test_a_custom_plugin_that_cannot_be_made(world: World, wanted: Wanted) -> None:
    made = wanted()
    made.plugins[0].file.write_bytes(b"not a zip")
    broken = replace(made, plugins=tuple(replace(each, size=each.file.stat().st_size) for each in made.plugins))
    with pytest.raises(RemoteError) as caught:
        run(world, broken)
    assert "it is CREATE_FAILED" in caught.value.message
    assert "not a ZIP" in caught.value.details[0]


def test_an_object_that_is_not_the_plugin_is_uploaded_again(world: World, wanted: Wanted) -> None:
    made = wanted()
    plugin = made.plugins[0]
    world.target.client("s3").put_object(Bucket="bucket", Key=plugin.key, Body=b"?" * plugin.size)
    with pytest.raises(RemoteError, match="it is CREATE_FAILED"):
        run(world, made)
    run(world, made)
    assert all(each.endswith("ACTIVE") for each in world.everything()["plugins"])


def test_missing_bucket_is_refused_before_anything_changes(world: World, wanted: Wanted) -> None:
    with pytest.raises(InputError) as caught:
        run(world, wanted(connect={"plugin_bucket": "nowhere"}))
    assert "bucket nowhere does not exist" in caught.value.details[0]
    assert world.everything()["groups"] == []


def test_compatibility_of_schemas_that_exist_is_changed(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    glue = world.target.client("glue")
    glue.create_schema(
        RegistryId={"RegistryName": "v"},
        SchemaName="db1.a.b",
        DataFormat="AVRO",
        Compatibility="FORWARD",
        SchemaDefinition='"int"',
    )
    changed = wanted(registries={"compatibility": "BACKWARD"})
    assert actions(run(world, changed))["v/db1.a.b"] == "update"
    assert glue.get_schema(SchemaId={"RegistryName": "v", "SchemaName": "db1.a.b"})["Compatibility"] == "BACKWARD"


def test_a_saved_plan_is_carried_out_or_refused(world: World, wanted: Wanted, tmp_path: Path) -> None:
    made = wanted()
    file = tmp_path / "plan.json"
    save_plan(file, made.pipeline, world.target, plan(world, made), frozenset())
    saved = load_plan(file)
    assert saved.pipeline == made.pipeline
    saved.require_target(world.target)
    with pytest.raises(InputError, match="is for account"):
        saved.require_target(replace(world.target, region="eu-west-1"))
    world.target.logs.create_group("/cdcctl/m")
    with pytest.raises(InputError) as caught:
        run(world, made, Options(saved=saved))
    assert caught.value.details == ("log group /cdcctl/m: was create, now unchanged",)
    assert world.acts == {}
    save_plan(file, made.pipeline, world.target, plan(world, made), frozenset())
    run(world, made, Options(saved=load_plan(file)))
    assert plan(world, made).changes == ()


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", json.dumps({"format": 2})])
def test_what_is_no_plan(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    with pytest.raises(InputError, match="is no plan"):
        load_plan(file)


def test_aws_needs_a_config_provider_for_secrets(world: World) -> None:
    target = replace(world.target, resolves_secrets=False)
    with pytest.raises(InputError, match="secrets_provider"):
        deploy(pipeline(**PLACE), target, lambda _text: None)


def test_a_replacement_on_demand(world: World, wanted: Wanted) -> None:
    run(world, wanted())
    done = run(world, wanted(source={"server_id": 2}), Options(replace=frozenset({"m-source"})))
    assert done.step("connector", "m-source").action is Action.REPLACE
    assert world.acts["start m-source"] == 2
