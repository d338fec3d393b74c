"""Worker configurations of the emulated MSK Connect."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import javaproperties

from cdcctl.aws.worker_rules import problems
from cdcctl.local.emulator.msk_resources import Kind, Shelf, bad_request, new_identifier, now, page
from cdcctl.local.emulator.msk_tags import require_tags
from cdcctl.local.emulator.pace import Change, Pace

# Amazon MSK developer guide, "Quotas".
MAX_WORKER_CONFIGURATIONS = 100


@dataclass
class _WorkerConfiguration:
    request: dict[str, Any]
    arn: str
    properties: dict[str, str]
    tags: dict[str, str]
    created: datetime = field(default_factory=now)
    state: str = "ACTIVE"

    @property
    def name(self) -> str:
        return str(self.request["name"])


class WorkerConfigurations:
    """The operations on worker configurations.

    :param lock: shared by all kinds of resources.
    :param user_of: name of a connector that uses the configuration of an ARN, or None.
    """

    def __init__(self, region: str, lock: threading.RLock, user_of: Callable[[str], str | None], pace: Pace) -> None:
        self._lock = lock
        self._user_of = user_of
        self._pace = pace
        kind = Kind("worker-configuration", "worker configuration", MAX_WORKER_CONFIGURATIONS)
        self.shelf: Shelf[_WorkerConfiguration] = Shelf(kind, region)

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateWorkerConfiguration: checked against the list of supported properties, then ACTIVE at once."""
        properties = _parsed(request["propertiesFileContent"])
        if found := problems(properties):
            raise bad_request("Invalid worker configuration: " + "; ".join(found))
        tags = request.get("tags", {})
        require_tags(tags)
        with self._lock:
            arn = self.shelf.new_arn(request["name"], new_identifier())
            made = _WorkerConfiguration(request, arn, properties, dict(tags))
            self.shelf.put(made)
        return {key: value for key, value in self._described(made).items() if key != "description"}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeWorkerConfiguration."""
        with self._lock:
            found = self.shelf.get(request["workerConfigurationArn"])
            described = self._described(found)
        described["latestRevision"] |= {"propertiesFileContent": found.request["propertiesFileContent"]}
        return described

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListWorkerConfigurations."""
        with self._lock:
            found = self.shelf.numbered(request.get("namePrefix", ""))
            return page("workerConfigurations", found, request, self._described)

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteWorkerConfiguration; refused while a connector uses it."""
        with self._lock:
            found = self.shelf.get(request["workerConfigurationArn"])
            if user := self._user_of(found.arn):
                raise bad_request(f"The worker configuration is in use by connector {user}.")
            found.state = "DELETING"
            self.shelf.drop(found.arn, after=self._pace.seconds(Change.WORKER_CONFIGURATION_DELETED))
        return {"workerConfigurationArn": found.arn, "workerConfigurationState": "DELETING"}

    def properties(self, arn: str) -> dict[str, str]:
        """The worker properties of an ARN.

        :raises ApiError: it does not exist or is being deleted.
        """
        with self._lock:
            found = self.shelf.get(arn)
            if found.state != "ACTIVE":
                raise bad_request(f"The worker configuration {arn} is not in state ACTIVE.")
            return found.properties

    def _described(self, made: _WorkerConfiguration) -> dict[str, Any]:
        revision = {"creationTime": made.created, "revision": 1, "description": made.request.get("description")}
        return {
            "creationTime": made.created,
            "description": made.request.get("description"),
            "latestRevision": revision,
            "name": made.name,
            "workerConfigurationArn": made.arn,
            "workerConfigurationState": made.state,
        }


def _parsed(content: str) -> dict[str, str]:
    try:
        text = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise bad_request("propertiesFileContent is not base64-encoded text.") from None
    try:
        return dict(javaproperties.loads(text))
    except javaproperties.InvalidUEscapeError as error:
        raise bad_request(f"propertiesFileContent is not a properties file: {error}") from None
