"""Operations on connectors: one at a time on each, started once, and followed to the end.

What the service says of a connector's state is not what became of an operation: it is RUNNING again after one that
was rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cdcctl.aws.connect_resources import TRANSITIONAL, Connector, Operation
from cdcctl.deploy.failures import connector_failed, operation_failed
from cdcctl.deploy.run import Run
from cdcctl.errors import ConflictError, InputError, NotFoundError, RemoteError, UnavailableError

# A connector that cannot reach its brokers stays CREATING for twenty minutes and more before it is FAILED.
SECONDS = 45 * 60
# Asks the service for an operation on a connector as described; returns the ARN of the operation, if it tells one.
Start = Callable[[Connector], str | None]


class Operations:
    """Operations of one run.

    :param log_group: where the workers' logs are, if in any.
    """

    def __init__(self, run: Run, log_group: str | None) -> None:
        self._run = run
        self._connect = run.target.msk_connect
        self._until = run.waiting.until
        self._log_group = log_group

    def settled(self, name: str) -> Connector | None:
        """The connector once no operation is under way on it; None when there is none, or none any more."""
        return self._until(
            lambda: self._connect.find_connector(name),
            lambda each: each is None or each.state not in TRANSITIONAL,
            SECONDS,
            lambda each: _is(name, each),
        )

    def running(self, name: str) -> None:
        """Wait until a connector has come to run.

        :raises RemoteError: it is FAILED, or gone.
        """
        found = self._there(name)
        if found.state == "FAILED":
            raise connector_failed(self._run.target, self._log_group, found)
        self._run.say(f"connector {name} is {found.state}")

    def delete(self, name: str) -> None:
        """Delete a connector and wait until its name is free."""
        found = self.settled(name)
        if found is None:
            return
        with self._run.change(f"delete connector {name}"):
            with suppress(NotFoundError):
                self._connect.delete_connector(found.arn)
            self._until(
                lambda: self._connect.find_connector(name),
                lambda each: each is None,
                SECONDS,
                lambda each: _is(name, each),
            )

    def perform(self, name: str, what: str, start: Start) -> None:
        """Start an operation on a connector that is at rest, and follow it to the end.

        :param what: such as ``pause connector movies-sink``.
        :raises RemoteError: it failed or was rolled back.
        """
        before = {operation.arn for operation in self._connect.list_operations(self._there(name).arn)}
        with self._run.change(what) as facts:
            found, arn = self._run.waiting.until_found(
                lambda: self._started(name, start, before), SECONDS, lambda: f"connector {name} has another version"
            )
            facts["operation"] = arn
            self._follow(found, arn)

    def _there(self, name: str) -> Connector:
        found = self.settled(name)
        if found is None:
            raise RemoteError(f"connector {name} was deleted meanwhile", hint="run deploy again")
        return found

    def _started(self, name: str, start: Start, before: set[str]) -> tuple[Connector, str | None] | None:
        """The connector and the ARN of the operation; None when its version was no longer the current one.

        :param before: the operations there were before.
        """
        found = self._there(name)
        try:
            return found, start(found)
        except (ConflictError, InputError, UnavailableError) as error:
            # Refused, or not answered, because a first try was taken and its answer lost?
            ours = [each.arn for each in self._connect.list_operations(found.arn) if each.arn not in before]
            if ours:
                return found, ours[0]
            if isinstance(error, UnavailableError):
                raise
            # What the service says of a version that is not current is written nowhere: 400 or 409.
            current = self._connect.describe_connector(found.arn)
            if isinstance(error, ConflictError) or (current.version, current.state) != (found.version, found.state):
                return None
            raise

    def _follow(self, found: Connector, arn: str | None) -> None:
        operation = self._until(
            lambda: self._operation(arn),
            lambda each: each is None or each.is_over,
            SECONDS,
            lambda each: f"{each.type} of connector {found.name} is {each.state}" if each else "",
        )
        after = self.settled(found.name)
        if operation and not operation.succeeded:
            raise operation_failed(self._run.target, self._log_group, after or found, operation)
        if after and after.state == "FAILED":
            raise connector_failed(self._run.target, self._log_group, after)

    def _operation(self, arn: str | None) -> Operation | None:
        return self._connect.describe_operation(arn) if arn else None


def _is(name: str, found: Connector | None) -> str:
    return f"connector {name} is {found.state if found else 'gone'}"
