"""Following an operation on a stack: its events as they come, and in the end the first real cause of a failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cdcctl.aws.cloudformation import Event, Stack
from cdcctl.aws.target import Target
from cdcctl.errors import NotFoundError, RemoteError

Say = Callable[[str], None]
Show = Callable[[Event], None]

# What happens to resources because another one has failed.
_CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


def follow(target: Target, stack_id: str, seen: set[str], show: Show) -> tuple[Stack, list[Event]]:
    """Show every new event until the operation on the stack has ended.

    :param seen: ids of the events of former operations; grows.
    :return: the stack, and the events of this operation in their order.
    """
    events: list[Event] = []
    while True:
        target.check()
        # The state first: what has led to it is among the events then.
        stack = target.cloudformation.find_stack(stack_id)
        for event in _new(target, stack_id, seen):
            events.append(event)
            show(event)
        if stack is None:
            raise NotFoundError(f"stack {stack_id} is gone", hint="look into the account and region")
        if not stack.is_busy:
            return stack, events
        time.sleep(target.poll_seconds)


def _new(target: Target, stack_id: str, seen: set[str]) -> list[Event]:
    found = []
    for event in target.cloudformation.events(stack_id):
        if event.id in seen:
            break
        found.append(event)
    seen.update(event.id for event in found)
    return found[::-1]


def first_cause(stack: Stack, events: Sequence[Event]) -> RemoteError:
    """The error that tells why an operation failed: the first failure that is not the consequence of another."""
    failed = [event for event in events if event.status.endswith("_FAILED")]
    own = [event for event in failed if event.reason and not event.reason.startswith(_CONSEQUENCES)]
    # The stack's own event repeats what its resources have told.
    causes = [event for event in own if event.type != "AWS::CloudFormation::Stack"] or own or failed
    if not causes:
        return RemoteError(
            f"stack {stack.name} is {stack.status}: {stack.reason or 'no reason given'}", hint=_hint(stack)
        )
    first = causes[0]
    return RemoteError(
        f"stack {stack.name} is {stack.status}: {first.type} {first.logical_id} is {first.status}: {first.reason}",
        hint=_hint(stack),
        details=[f"then {each.type} {each.logical_id}: {each.reason}" for each in causes[1:]],
    )


def _hint(stack: Stack) -> str:
    pipeline = stack.name.removeprefix("cdcctl-")
    if stack.status.startswith(("ROLLBACK", "CREATE_FAILED")):
        return f"correct the cause, remove what is left (cdcctl bootstrap delete {pipeline}) and deploy again"
    if stack.status.startswith("DELETE"):
        return f"remove what stands in the way and run again: cdcctl bootstrap delete {pipeline}"
    return f"correct the cause and run again: cdcctl bootstrap deploy {pipeline}; everything is as it was before"
