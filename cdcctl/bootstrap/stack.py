"""The stack as it is: wait for what is under way, delete it."""

from __future__ import annotations

from dataclasses import dataclass

from cdcctl.aws.cloudformation import Stack
from cdcctl.aws.target import Target
from cdcctl.bootstrap.following import Show, first_cause, follow
from cdcctl.bootstrap.template import read_template
from cdcctl.errors import ConflictError, NotFoundError

_PROTECTION = "DatabaseDeletionProtection"


@dataclass(frozen=True)
class Kept:
    """A resource that outlives its stack, and the policy that says so (Retain, Snapshot, …)."""

    type: str
    logical_id: str
    policy: str


def stack_name(pipeline: str) -> str:
    """The stack of a pipeline's AWS side."""
    return f"cdcctl-{pipeline}"


def require_stack(target: Target, pipeline: str) -> Stack:
    """The stack of a pipeline's AWS side.

    :raises NotFoundError: there is none, or only a plan of it.
    """
    stack = target.cloudformation.find_stack(stack_name(pipeline))
    if stack is None or stack.is_only_planned:
        raise NotFoundError(
            f"there is no stack {stack_name(pipeline)} in {target.description}",
            hint=f"make it with: cdcctl bootstrap deploy {pipeline}",
        )
    return stack


def wait_until_idle(target: Target, pipeline: str, show: Show) -> None:
    """Follow an operation that is under way, be it somebody else's or one of a command that was interrupted.

    :raises RemoteError: it failed; says the first cause.
    """
    stack = target.cloudformation.find_stack(stack_name(pipeline))
    if stack is None or not stack.is_busy:
        return
    after, events = follow(target, stack.id, _before_operation(target, stack), show)
    if "ROLLBACK" in after.status or after.status.endswith("_FAILED"):
        raise first_cause(after, events)


def _before_operation(target: Target, stack: Stack) -> set[str]:
    """The events of former operations: those before the stack's own newest event that began one."""
    events = list(target.cloudformation.events(stack.id))
    begins = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    for number, event in enumerate(events):
        if event.logical_id == stack.name and event.status in begins:
            return {each.id for each in events[number + 1 :]}
    return set()


def outliving(target: Target, stack: Stack) -> list[Kept]:
    """What stays when the stack is deleted; nothing of one that never came up."""
    if stack.is_only_planned or stack.status.startswith(("ROLLBACK", "CREATE_FAILED")):
        return []
    template = read_template(f"the template of stack {stack.name}", target.cloudformation.template(stack))
    return [Kept(kind, name, policy) for name, (kind, policy) in template.kept.items()]


def delete(target: Target, stack: Stack, show: Show) -> None:
    """Delete the stack and follow that to its end.

    :raises ConflictError: it is protected, or an operation is under way.
    :raises RemoteError: it failed; says the first cause.
    """
    pipeline = stack.name.removeprefix("cdcctl-")
    if stack.is_busy:
        raise ConflictError(f"stack {stack.name} is {stack.status}", hint="wait until the operation has ended")
    protected = stack.parameters.get(_PROTECTION) == "true"
    if protected and stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        raise ConflictError(
            f"the database of stack {stack.name} is protected against deletion",
            hint=f"lift that first: cdcctl bootstrap deploy {pipeline} --set {_PROTECTION}=false",
        )
    seen = {event.id for event in target.cloudformation.events(stack.id)}
    target.cloudformation.delete_stack(stack.id)
    after, events = follow(target, stack.id, seen, show)
    if after.status != "DELETE_COMPLETE":
        raise first_cause(after, events)
