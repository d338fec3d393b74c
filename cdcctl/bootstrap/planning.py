"""What a deployment of the template would change: asked of CloudFormation with a change set."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from cdcctl.aws.cloudformation import ChangeSet, Stack
from cdcctl.aws.target import Target
from cdcctl.bootstrap.changes import ResourceChange, in_words
from cdcctl.bootstrap.following import Say, Show, first_cause, follow
from cdcctl.bootstrap.stack import require_stack, stack_name
from cdcctl.bootstrap.template import Template, chosen_parameters
from cdcctl.errors import CdcctlError, ConflictError, InputError, RemoteError

_CHANGE_SET_SECONDS = 10 * 60
# A stack in these states takes no change set (CloudFormation guide, "Stack status codes").
_STUCK = {
    "ROLLBACK_COMPLETE": "it never came up; remove what is left with: cdcctl bootstrap delete {}",
    "ROLLBACK_FAILED": "it never came up; remove what is left with: cdcctl bootstrap delete {}",
    "CREATE_FAILED": "it never came up; remove what is left with: cdcctl bootstrap delete {}",
    "DELETE_FAILED": "remove what is left with: cdcctl bootstrap delete {}",
    "UPDATE_ROLLBACK_FAILED": "mend what the events name, then run: aws cloudformation continue-update-rollback",
}


@dataclass
class Planned:
    """A change set that waits to be carried out.

    :ivar change_set: None when there is nothing to change.
    """

    target: Target
    pipeline: str
    present: Stack | None
    change_set: ChangeSet | None
    _done: bool = field(default=False, repr=False)

    @property
    def stack(self) -> str:
        """Name of the stack."""
        return stack_name(self.pipeline)

    @property
    def is_new(self) -> bool:
        """Whether the stack is to be created."""
        return self.present is None or self.present.is_only_planned

    @property
    def changes(self) -> list[ResourceChange]:
        """What would happen, resource by resource."""
        return [in_words(change) for change in self.change_set.changes] if self.change_set else []

    def carry_out(self, show: Show) -> Stack:
        """Execute the change set and follow it to its end.

        :raises RemoteError: it failed; says the first cause.
        """
        cloudformation = self.target.cloudformation
        if self.change_set is None:
            return require_stack(self.target, self.pipeline)
        seen = {event.id for event in cloudformation.events(self.change_set.stack_id)}
        cloudformation.execute_change_set(self.change_set)
        self._done = True
        stack, events = follow(self.target, self.change_set.stack_id, seen, show)
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise first_cause(stack, events)
        return stack

    def discard(self) -> None:
        """Leave nothing of a change set that was not carried out."""
        if self._done or self.change_set is None:
            return
        cloudformation = self.target.cloudformation
        # One that cannot be deleted now does no harm, and must not hide why it was not carried out.
        with suppress(CdcctlError):
            cloudformation.delete_change_set(self.change_set)
            if self.is_new:
                # The stack holds nothing; the change set has brought it about.
                cloudformation.delete_stack(self.change_set.stack_id)


@contextmanager
def planned(target: Target, pipeline: str, template: Template, settings: Sequence[str], say: Say) -> Iterator[Planned]:
    """Ask what would change. Whatever is not carried out inside the ``with`` block is forgotten at its end.

    :param settings: template parameters as ``KEY=VALUE``; those not given stay as they are.
    :raises ConflictError: an operation is under way, or the stack is stuck.
    :raises InputError: CloudFormation refuses template or parameters.
    """
    name = stack_name(pipeline)
    present = target.cloudformation.find_stack(name)
    if present:
        _require_usable(present, pipeline)
    new = present is None or present.is_only_planned
    parameters = chosen_parameters(template, pipeline, settings, {} if present is None or new else present.parameters)
    say("asking CloudFormation what would change")
    started = target.cloudformation.create_change_set(
        f"cdcctl-{uuid.uuid4().hex[:12]}",
        name,
        template.text,
        parameters,
        new=new,
        tags={"cdcctl:pipeline": pipeline},
    )
    plan = Planned(target, pipeline, present, started)
    try:
        if started is not None:
            change_set = _completed(target, started)
            if change_set.is_empty:
                plan.discard()
                plan = Planned(target, pipeline, present, None)
            elif change_set.status == "FAILED":
                raise InputError(
                    f"CloudFormation refuses the change of stack {name}: {change_set.reason}",
                    hint="correct the parameters (--set) or the template",
                )
            else:
                plan.change_set = change_set
        yield plan
    finally:
        plan.discard()


def _require_usable(stack: Stack, pipeline: str) -> None:
    if stack.is_busy:
        raise ConflictError(
            f"stack {stack.name} is {stack.status}",
            hint=f"follow it to its end with: cdcctl bootstrap deploy {pipeline}",
        )
    if stack.status in _STUCK:
        raise ConflictError(f"stack {stack.name} is {stack.status}", hint=_STUCK[stack.status].format(pipeline))


def _completed(target: Target, change_set: ChangeSet) -> ChangeSet:
    deadline = time.monotonic() + _CHANGE_SET_SECONDS
    while True:
        found = target.cloudformation.describe_change_set(change_set)
        if found.status not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return found
        target.check()
        if time.monotonic() > deadline:
            raise RemoteError(f"change set {change_set.id} is still {found.status}", hint="run the command again")
        time.sleep(min(target.poll_seconds, 2.0))
