"""What MSK Connect checks of requests about connectors beyond what the model says.

Sources: the botocore model's own texts (capacity, plugins, UpdateConnector); Amazon MSK developer guide, "Update a
connector" (connector.class), "Quotas" (workers of a connector), "Maximum autoscaling task count", "Create custom
plugins" (Kafka Connect versions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cdcctl.local.emulator.msk_connector import Connector
from cdcctl.local.emulator.msk_resources import bad_request
from cdcctl.local.emulator.protocol import ApiError

CONNECT_VERSIONS = ("2.7.1", "3.7.x")
MAX_WORKERS = 10
_MCUS = (1, 2, 4, 8)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_SERVERS = re.compile(r"[^\s:,]+:\d{1,5}(,\s*[^\s:,]+:\d{1,5})*")
# What the console gives an autoscaled connector without policies.
_POLICIES = {"scaleInPolicy": {"cpuUtilizationPercentage": 20}, "scaleOutPolicy": {"cpuUtilizationPercentage": 80}}
_WORKER_SETTINGS = ("capacity", "plugins", "workerConfiguration", "useDefaultWorkerConfiguration")


def require_creatable(request: Mapping[str, Any]) -> None:
    """What CreateConnector checks of the request alone.

    :raises ApiError: 400.
    """
    require_capacity(request["capacity"])
    require_one_plugin(request["plugins"])
    if "connector.class" not in request["connectorConfiguration"]:
        raise bad_request("The connector configuration has no connector.class.")
    if request["kafkaConnectVersion"] not in CONNECT_VERSIONS:
        raise bad_request(f"kafkaConnectVersion must be one of {', '.join(CONNECT_VERSIONS)}.")
    if not _ROLE.fullmatch(request["serviceExecutionRoleArn"]):
        raise bad_request("serviceExecutionRoleArn is not the ARN of an IAM role.")
    cluster = request["kafkaCluster"]["apacheKafkaCluster"]
    if not _SERVERS.fullmatch(cluster["bootstrapServers"]):
        raise bad_request("bootstrapServers must be a comma-separated list of host:port.")
    if not cluster["vpc"]["subnets"]:
        raise bad_request("Specify at least one subnet.")


def require_capacity(capacity: Mapping[str, Any]) -> None:
    """:raises ApiError: 400, there is no such capacity."""
    if len(capacity) != 1:
        raise bad_request("Specify exactly one of autoScaling and provisionedCapacity.")
    ((kind, given),) = capacity.items()
    if given["mcuCount"] not in _MCUS:
        raise bad_request(f"mcuCount must be one of {', '.join(map(str, _MCUS))}.")
    if kind == "provisionedCapacity":
        if not 1 <= given["workerCount"] <= MAX_WORKERS:
            raise bad_request(f"workerCount must be between 1 and {MAX_WORKERS}.")
        return
    if not 1 <= given["minWorkerCount"] <= given["maxWorkerCount"] <= MAX_WORKERS:
        raise bad_request(f"1 <= minWorkerCount <= maxWorkerCount <= {MAX_WORKERS} must hold.")
    if given.get("maxAutoscalingTaskCount", MAX_WORKERS) < given["maxWorkerCount"]:
        raise bad_request("maxAutoscalingTaskCount must be at least maxWorkerCount.")


def require_one_plugin(plugins: list[Any]) -> None:
    """:raises ApiError: 400, there is none, or more than one."""
    if len(plugins) != 1:
        raise bad_request("Specify exactly one plugin; bundle several in one ZIP file.")


def require_updatable(connector: Connector, request: Mapping[str, Any]) -> None:
    """What UpdateConnector checks.

    :raises ApiError: 400.
    """
    require_version(connector, request["currentVersion"])
    skips = request.get("skipHealthValidation", False)
    if connector.state == "PAUSED" and not skips:
        raise bad_request("To update a connector in state PAUSED, set skipHealthValidation to true.")
    if connector.state not in ("RUNNING", "PAUSED"):
        raise bad_request(f"A connector in state {connector.state} cannot be updated.")
    _require_one_sort_of_change(request)
    if "connectorConfiguration" in request:
        _require_same_class(connector, request["connectorConfiguration"])
    if "capacity" in request:
        require_capacity(request["capacity"])
    if "plugins" in request:
        require_one_plugin(request["plugins"])


def require_version(connector: Connector, given: str) -> None:
    """:raises ApiError: 400, somebody has changed the connector since the caller looked."""
    if given != connector.version:
        raise bad_request("The currentVersion given is not the connector's current version.")


def require_state(connector: Connector, verb: str, *states: str, code: str = "BadRequestException") -> None:
    """:raises ApiError: the connector is in no state in which it can be paused, resumed, restarted, deleted."""
    if connector.state not in states:
        raise ApiError(code, f"A connector in state {connector.state} cannot be {verb}.")


def with_policies(capacity: Mapping[str, Any]) -> dict[str, Any]:
    """The capacity as it is described: autoscaling always has its policies."""
    if "autoScaling" not in capacity:
        return dict(capacity)
    return {"autoScaling": {**_POLICIES, **capacity["autoScaling"]}}


def most_workers(capacity: Mapping[str, Any]) -> int:
    """How many workers a capacity counts for in the account's quota."""
    ((_, given),) = capacity.items()
    return int(given.get("workerCount", given.get("maxWorkerCount")))


def mcu_of(capacity: Mapping[str, Any]) -> int:
    """How many MCUs each worker of a capacity has."""
    ((_, given),) = capacity.items()
    return int(given["mcuCount"])


def effective_configuration(settings: Mapping[str, Any]) -> dict[str, str]:
    """The connector's configuration as the workers get it.

    Autoscaling replaces ``tasks.max`` by workers * MCUs * 2, at most maxAutoscalingTaskCount; here there are always
    the fewest workers.
    """
    configuration = dict(settings["connectorConfiguration"])
    scaling = settings["capacity"].get("autoScaling")
    if scaling:
        tasks = scaling["minWorkerCount"] * scaling["mcuCount"] * 2
        configuration["tasks.max"] = str(min(tasks, scaling.get("maxAutoscalingTaskCount", tasks)))
    return configuration


def _require_one_sort_of_change(request: Mapping[str, Any]) -> None:
    worker = [name for name in _WORKER_SETTINGS if name in request]
    if worker and "connectorConfiguration" in request:
        raise bad_request(f"Specify either connectorConfiguration or {', '.join(worker)}, not both.")
    if not worker and "connectorConfiguration" not in request:
        raise bad_request("Specify what is to be updated.")
    if "workerConfiguration" in request and request.get("useDefaultWorkerConfiguration"):
        raise bad_request("Specify only one of workerConfiguration and useDefaultWorkerConfiguration.")


def _require_same_class(connector: Connector, configuration: Mapping[str, str]) -> None:
    if configuration.get("connector.class") != connector.settings["connectorConfiguration"]["connector.class"]:
        raise bad_request("connector.class cannot be changed.")
