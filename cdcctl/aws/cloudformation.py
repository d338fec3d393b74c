"""CloudFormation: stacks, the change sets that are to change them, and the events that tell what happens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import InputError

# What DescribeChangeSet and CreateChangeSet say when there is nothing to change.
_NOTHING = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Stack:
    """A stack. ``status``: CREATE_COMPLETE, UPDATE_IN_PROGRESS, ROLLBACK_COMPLETE, … (API_Stack)."""

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and not self.is_only_planned

    @property
    def is_only_planned(self) -> bool:
        """Whether nothing exists of it but a change set."""
        return self.status == "REVIEW_IN_PROGRESS"


@dataclass(frozen=True)
class PropertyChange:
    """A property that changes; values are None where the service does not tell them.

    :ivar replaces: ``Never``, ``Conditionally`` or ``Always``: whether it takes a new resource.
    """

    name: str
    before: str | None
    after: str | None
    replaces: str


@dataclass(frozen=True)
class Change:
    """What a change set does to a resource.

    :ivar action: Add, Modify, Remove, Import or Dynamic.
    :ivar replacement: "", True, False or Conditional; of a Modify only.
    :ivar policy: what becomes of the old resource, such as Delete, Retain or Snapshot; "" where it stays.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""
    policy: str = ""
    properties: tuple[PropertyChange, ...] = ()


@dataclass(frozen=True)
class ChangeSet:
    """A change set. ``status``: CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE, FAILED, …"""

    id: str
    stack_id: str
    status: str
    reason: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it failed for the one reason that is none: nothing is to be changed."""
        return self.status == "FAILED" and any(words in self.reason for words in _NOTHING)


@dataclass(frozen=True)
class Event:
    """Something that happened to a resource of a stack, or to the stack itself."""

    id: str
    time: datetime
    logical_id: str
    type: str
    status: str
    reason: str = ""


class CloudFormation:
    """The operations cdcctl uses; ``client`` is boto3's ``cloudformation``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find_stack(self, name: str) -> Stack | None:
        """The stack of that name, or with that ARN also when it is deleted."""
        try:
            with translated(f"stack {name}"):
                found = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except InputError as error:
            # The service knows no code of its own for it (API_DescribeStacks).
            if "does not exist" in error.message:
                return None
            raise
        return Stack(
            name=found["StackName"],
            id=found["StackId"],
            status=found["StackStatus"],
            reason=found.get("StackStatusReason", ""),
            parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", [])},
            outputs={each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs") or []},
        )

    def template(self, stack: Stack) -> str:
        """The template that the stack was made of, as it was handed in."""
        with translated(f"the template of stack {stack.name}"):
            body = self._client.get_template(StackName=stack.id, TemplateStage="Original")["TemplateBody"]
        # The SDK reads JSON by itself.
        return body if isinstance(body, str) else json.dumps(body)

    def create_change_set(
        self,
        name: str,
        stack: str,
        template: str,
        parameters: Mapping[str, str | None],
        *,
        new: bool,
        tags: Mapping[str, str],
    ) -> ChangeSet | None:
        """Start a change set; None when the service says at once that there is nothing to change.

        :param parameters: values; None keeps the stack's present one.
        :param new: the stack does not exist yet.
        """
        given = [
            {"ParameterKey": key, "UsePreviousValue": True}
            if value is None
            else {"ParameterKey": key, "ParameterValue": value}
            for key, value in parameters.items()
        ]
        try:
            with translated(f"change set of stack {stack}"):
                made = self._client.create_change_set(
                    StackName=stack,
                    ChangeSetName=name,
                    ChangeSetType="CREATE" if new else "UPDATE",
                    TemplateBody=template,
                    Parameters=given,
                    Capabilities=["CAPABILITY_IAM"],
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                )
        except InputError as error:
            if any(words in error.message for words in _NOTHING):
                return None
            raise
        return ChangeSet(made["Id"], made["StackId"], "CREATE_PENDING")

    def describe_change_set(self, change_set: ChangeSet) -> ChangeSet:
        """Its state now, and what it changes once it is complete."""
        changes: list[Change] = []
        request = {"ChangeSetName": change_set.id, "IncludePropertyValues": True}
        while True:
            with translated(f"change set {change_set.id}"):
                found = self._client.describe_change_set(**request)
            changes += [
                _change(each["ResourceChange"]) for each in found.get("Changes", []) if "ResourceChange" in each
            ]
            if not found.get("NextToken"):
                return ChangeSet(
                    change_set.id, change_set.stack_id, found["Status"], found.get("StatusReason", ""), tuple(changes)
                )
            request["NextToken"] = found["NextToken"]

    def execute_change_set(self, change_set: ChangeSet) -> None:
        """Start to carry it out."""
        with translated(f"change set {change_set.id}"):
            self._client.execute_change_set(ChangeSetName=change_set.id)

    def delete_change_set(self, change_set: ChangeSet) -> None:
        """Forget a change set that was not carried out."""
        with translated(f"change set {change_set.id}"):
            self._client.delete_change_set(ChangeSetName=change_set.id)

    def delete_stack(self, stack_id: str) -> None:
        """Start to delete a stack."""
        with translated(f"stack {stack_id}"):
            self._client.delete_stack(StackName=stack_id)

    def events(self, stack_id: str) -> Iterator[Event]:
        """What happened, newest first; pages are asked for as they are needed."""
        request = {"StackName": stack_id}
        while True:
            with translated(f"the events of stack {stack_id}"):
                page = self._client.describe_stack_events(**request)
            for each in page["StackEvents"]:
                yield Event(
                    each["EventId"],
                    each["Timestamp"],
                    each["LogicalResourceId"],
                    each["ResourceType"],
                    each["ResourceStatus"],
                    each.get("ResourceStatusReason", ""),
                )
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]


def _change(found: Mapping[str, Any]) -> Change:
    targets = [each["Target"] for each in found.get("Details", []) if "Target" in each]
    properties = [
        PropertyChange(
            target.get("Name") or target["Attribute"],
            target.get("BeforeValue"),
            target.get("AfterValue"),
            target.get("RequiresRecreation", "Never"),
        )
        for target in targets
        # The same property is told twice where a parameter and the template decide it.
        if target["Attribute"] != "Tags"
    ]
    return Change(
        found["Action"],
        found["LogicalResourceId"],
        found["ResourceType"],
        found.get("PhysicalResourceId", ""),
        found.get("Replacement", ""),
        found.get("PolicyAction", ""),
        tuple(dict.fromkeys(properties)),
    )
