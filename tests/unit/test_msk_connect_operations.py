"""The emulated MSK Connect: updates, pauses, restarts, what they leave, and faults in connectors."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import urllib3
from emulated_connect import Service, new_service, refused

from cdcctl.local.emulator.admin import RESET_PATH
from cdcctl.local.emulator.connector_runtime import RefusedChangeError
from cdcctl.local.emulator.faults import FaultSpec, Kind
from cdcctl.local.emulator.pace import Pace


def test_update_of_the_configuration(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    before = service.described(arn)
    wanted = {"connector.class": "x.Y", "a": "c"}
    operation = service.update(arn, connectorConfiguration=wanted)
    under_way = service.connect.describe_connector_operation(connectorOperationArn=operation)
    assert under_way["connectorOperationType"] == "UPDATE_CONNECTOR_CONFIGURATION"
    assert under_way["connectorOperationState"] in ("PENDING", "UPDATE_IN_PROGRESS")
    assert service.described(arn)["connectorConfiguration"] == before["connectorConfiguration"]
    for verb, code in (
        ("pause", "Conflict"),
        ("resume", "Conflict"),
        ("restart", "BadRequest"),
        ("delete", "BadRequest"),
    ):
        message = refused(f"{code}Exception", getattr(service.connect, f"{verb}_connector"), connectorArn=arn)
        assert "state UPDATING" in message
    refused("BadRequestException", service.update, arn=arn, connectorConfiguration=wanted)
    runtime = service.runtimes[0]
    runtime.says.put(True)
    found = service.operation(operation)
    assert found["connectorOperationState"] == "UPDATE_COMPLETE"
    assert found["connectorArn"] == arn
    assert found["originConnectorConfiguration"] == before["connectorConfiguration"]
    assert found["targetConnectorConfiguration"] == wanted
    assert [(each["stepType"], each["stepState"]) for each in found["operationSteps"]] == [
        ("INITIALIZE_UPDATE", "COMPLETED"),
        ("UPDATE_CONNECTOR_CONFIGURATION", "COMPLETED"),
        ("VALIDATE_UPDATE", "COMPLETED"),
        ("FINALIZE_UPDATE", "COMPLETED"),
    ]
    assert "errorInfo" not in found
    after = service.until(arn, "RUNNING")
    assert after["connectorConfiguration"] == wanted
    assert after["currentVersion"] != before["currentVersion"]
    _, spec, paused = runtime.acts[-1]
    assert (spec.configuration, paused) == (wanted, False)
    assert spec.runs_in_the_worker_of(runtime.spec)
    message = refused(
        "BadRequestException",
        service.connect.update_connector,
        connectorArn=arn,
        currentVersion=before["currentVersion"],
        connectorConfiguration=wanted,
    )
    assert "currentVersion" in message


def test_update_of_the_workers(service: Service) -> None:
    worker = {"workerConfigurationArn": service.worker()["workerConfigurationArn"], "revision": 1}
    old, new = (service.plugin(name)["customPluginArn"] for name in ("old", "new"))
    arn = service.connector(plugin=old, workerConfiguration=worker)
    plugins = [{"customPlugin": {"customPluginArn": new, "revision": 1}}]
    operation = service.update(arn, plugins=plugins, useDefaultWorkerConfiguration=True)
    # Both are in use while the update can still be rolled back.
    for plugin in (old, new):
        message = refused("BadRequestException", service.connect.delete_custom_plugin, customPluginArn=plugin)
        assert "in use by connector c" in message
    service.runtimes[0].says.put(True)
    found = service.operation(operation)
    assert found["connectorOperationType"] == "UPDATE_WORKER_SETTING"
    assert found["originWorkerSetting"]["workerConfiguration"] == worker
    assert found["originWorkerSetting"]["useDefaultWorkerConfiguration"] is False
    assert found["targetWorkerSetting"]["plugins"] == plugins
    assert found["targetWorkerSetting"]["useDefaultWorkerConfiguration"] is True
    assert found["targetWorkerSetting"]["capacity"] == found["originWorkerSetting"]["capacity"]
    described = service.until(arn, "RUNNING")
    assert described["plugins"] == plugins
    assert "workerConfiguration" not in described
    service.connect.delete_custom_plugin(customPluginArn=old)
    spec = service.runtimes[0].acts[-1][1]
    assert "StringConverter" in spec.worker_properties["key.converter"]
    assert not spec.runs_in_the_worker_of(service.runtimes[0].spec)
    operation = service.update(arn, capacity={"provisionedCapacity": {"mcuCount": 4, "workerCount": 2}})
    service.runtimes[0].says.put(True)
    assert service.operation(operation)["connectorOperationState"] == "UPDATE_COMPLETE"
    assert service.described(arn)["capacity"]["provisionedCapacity"]["mcuCount"] == 4


def test_unhealthy_update_is_rolled_back_and_the_connector_says_running(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    before = service.described(arn)
    operation = service.update(arn, connectorConfiguration={"connector.class": "x.Y", "a": "bad"})
    runtime = service.runtimes[0]
    runtime.says.put(False)
    runtime.says.put(True)
    found = service.operation(operation)
    assert found["connectorOperationState"] == "ROLLBACK_COMPLETE"
    assert found["errorInfo"]["code"] == "UnknownError.Unknown"
    assert [each["stepState"] for each in found["operationSteps"]] == ["COMPLETED", "COMPLETED", "FAILED", "CANCELLED"]
    after = service.until(arn, "RUNNING")
    assert after["connectorConfiguration"] == before["connectorConfiguration"]
    assert after["currentVersion"] != before["currentVersion"]
    assert runtime.acts[-1][1].configuration == before["connectorConfiguration"]


def test_rollback_that_fails_too(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    operation = service.update(arn, connectorConfiguration={"connector.class": "x.Y", "a": "bad"})
    for _ in range(2):
        service.runtimes[0].says.put(False)
    assert service.operation(operation)["connectorOperationState"] == "ROLLBACK_FAILED"
    assert service.until(arn, "FAILED")["stateDescription"]["code"] == "UnknownError.Unknown"
    refused("BadRequestException", service.update, arn=arn, connectorConfiguration={"connector.class": "x.Y"})


def test_refused_update_leaves_everything_as_it_was(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    before = service.described(arn)
    operation = service.update(arn, connectorConfiguration={"connector.class": "x.Y", "a": "bad"})
    service.runtimes[0].says.put(RefusedChangeError("a: no such thing"))
    found = service.operation(operation)
    assert found["connectorOperationState"] == "UPDATE_FAILED"
    assert [each["stepState"] for each in found["operationSteps"]] == ["COMPLETED", "FAILED", "CANCELLED", "CANCELLED"]
    after = service.until(arn, "RUNNING")
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}
    assert service.runtimes[0].lines == ["ERROR The update is refused: a: no such thing"]


def test_update_without_health_checks_stays(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    wanted = {"connector.class": "x.Y", "a": "bad"}
    operation = service.update(arn, connectorConfiguration=wanted, skipHealthValidation=True)
    service.runtimes[0].says.put(False)
    found = service.operation(operation)
    assert found["connectorOperationState"] == "UPDATE_COMPLETE"
    assert "VALIDATE_UPDATE" not in [each["stepType"] for each in found["operationSteps"]]
    assert service.described(arn)["connectorConfiguration"] == wanted


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "what is to be updated"),
        ({"connectorConfiguration": {"connector.class": "x.Z"}}, "connector.class cannot be changed"),
        ({"connectorConfiguration": {"a": "b"}}, "connector.class cannot be changed"),
        ({"connectorConfiguration": {}, "useDefaultWorkerConfiguration": True}, "not both"),
        ({"capacity": {}}, "exactly one of autoScaling"),
        ({"plugins": []}, "exactly one plugin"),
        (
            {
                "workerConfiguration": {"workerConfigurationArn": "x", "revision": 1},
                "useDefaultWorkerConfiguration": True,
            },
            "only one of workerConfiguration",
        ),
    ],
)
def test_bad_update(service: Service, changes: dict[str, Any], said: str) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    assert said in refused("BadRequestException", service.update, arn=arn, **changes)
    assert service.described(arn)["connectorState"] == "RUNNING"
    assert service.connect.list_connector_operations(connectorArn=arn)["connectorOperations"] == []


def test_update_to_what_does_not_exist_begins_nothing(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    broken = service.plugin("broken", key="text.zip")["customPluginArn"]
    for code, plugin in (("NotFoundException", arn), ("BadRequestException", broken)):
        refused(code, service.update, arn=arn, plugins=[{"customPlugin": {"customPluginArn": plugin, "revision": 1}}])
    assert service.described(arn)["connectorState"] == "RUNNING"


def test_pause_update_resume_restart(service: Service) -> None:
    connect = service.connect
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    runtime = service.runtimes[0]
    arns = [connect.pause_connector(connectorArn=arn)["connectorOperationArn"]]
    assert service.described(arn)["connectorState"] == "PAUSING"
    runtime.says.put(True)
    assert service.operation(arns[0])["connectorOperationState"] == "PAUSE_COMPLETE"
    service.until(arn, "PAUSED")
    refused("ConflictException", connect.pause_connector, connectorArn=arn)
    refused("BadRequestException", connect.restart_connector, connectorArn=arn)
    wanted = {"connector.class": "x.Y"}
    message = refused("BadRequestException", service.update, arn=arn, connectorConfiguration=wanted)
    assert "skipHealthValidation" in message
    arns.append(service.update(arn, connectorConfiguration=wanted, skipHealthValidation=True))
    runtime.says.put(True)
    assert service.operation(arns[1])["connectorOperationState"] == "UPDATE_COMPLETE"
    assert runtime.acts[-1][2] is True
    service.until(arn, "PAUSED")
    arns.append(connect.resume_connector(connectorArn=arn)["connectorOperationArn"])
    assert service.described(arn)["connectorState"] == "RESUMING"
    runtime.says.put(True)
    assert service.operation(arns[2])["connectorOperationState"] == "RESUME_COMPLETE"
    service.until(arn, "RUNNING")
    arns.append(connect.restart_connector(connectorArn=arn, onlyFailedTasks=True)["connectorOperationArn"])
    assert service.described(arn)["connectorState"] == "RESTARTING"
    runtime.says.put(False)
    found = service.operation(arns[3])
    assert (found["connectorOperationState"], found["connectorOperationType"]) == (
        "RESTART_FAILED",
        "RESTART_CONNECTOR",
    )
    assert runtime.acts[-1] == ("restart", True)
    service.until(arn, "FAILED")
    arns.append(connect.restart_connector(connectorArn=arn)["connectorOperationArn"])
    runtime.says.put(True)
    service.until(arn, "RUNNING")
    pages = list(
        connect.get_paginator("list_connector_operations").paginate(connectorArn=arn, PaginationConfig={"PageSize": 2})
    )
    listed = [each["connectorOperationArn"] for page in pages for each in page["connectorOperations"]]
    assert listed == arns[::-1]
    assert [len(page["connectorOperations"]) for page in pages] == [2, 2, 1]


def test_a_connector_that_never_ran_cannot_be_restarted(service: Service) -> None:
    arn = service.connector(plugin=service.plugin()["customPluginArn"], healthy=False)
    assert "state FAILED" in refused("BadRequestException", service.connect.restart_connector, connectorArn=arn)


def test_stuck_creating_until_the_fault_is_cleared(service: Service) -> None:
    fault = service.faults.set(FaultSpec(Kind.STUCK_CREATING, resource="stuck", count=1))
    plugin = service.plugin()["customPluginArn"]
    arn = service.connector("is-stuck", healthy=None, plugin=plugin)
    service.connector("other", plugin=plugin)
    service.connector("stuck-no-more", plugin=plugin)
    assert service.described(arn)["connectorState"] == "CREATING"
    refused("BadRequestException", service.connect.delete_connector, connectorArn=arn)
    service.faults.clear(fault.id)
    service.until(arn, "FAILED")
    assert service.runtimes[0].acts == []


def test_rollback_by_fault(service: Service) -> None:
    fault = service.faults.set(FaultSpec(Kind.ROLLBACK))
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    operation = service.update(arn, connectorConfiguration={"connector.class": "x.Y"})
    for _ in range(2):
        service.runtimes[0].says.put(True)
    assert service.operation(operation)["connectorOperationState"] == "ROLLBACK_COMPLETE"
    assert fault.struck == 1
    assert fault.id in service.runtimes[0].lines[0]


def test_reset_stops_connectors_and_forgets_everything(service: Service, emulator_port: tuple[str, Any]) -> None:
    plugin = service.plugin()["customPluginArn"]
    service.connector(plugin=plugin)
    service.worker()
    service.faults.set(FaultSpec(Kind.SLOW))
    service.runtimes[0].may_stop.set()
    answer = urllib3.request("POST", emulator_port[0] + RESET_PATH)
    assert answer.status == 200
    assert (service.runtimes[0].stopped, service.runtimes[0].closed) == (1, 1)
    assert service.connect.list_connectors()["connectors"] == []
    assert service.connect.list_custom_plugins()["customPlugins"] == []
    assert service.connect.list_worker_configurations()["workerConfigurations"] == []
    assert service.s3.list_buckets()["Buckets"] == []
    assert service.faults.described() == []


def test_states_last_as_long_as_the_pace_says(emulator_port: tuple[str, Any], tmp_path: Path) -> None:
    service = new_service(*emulator_port, tmp_path, Pace(600))
    begin = time.monotonic()
    arn = service.connector(plugin=service.plugin()["customPluginArn"])
    created = time.monotonic()
    assert created - begin >= 300 / 600
    operation = service.update(arn, connectorConfiguration={"connector.class": "x.Y"})
    for said in (False, True):
        service.runtimes[0].says.put(said)
    assert service.operation(operation)["connectorOperationState"] == "ROLLBACK_COMPLETE"
    rolled_back = time.monotonic()
    assert rolled_back - created >= 600 / 600
    service.until(arn, "RUNNING")
    service.runtimes[0].may_stop.set()
    service.connect.delete_connector(connectorArn=arn)
    service.gone(service.connect.describe_connector, connectorArn=arn)
    assert time.monotonic() - rolled_back >= 180 / 600
