"""Every error a user can meet. Each carries what is wrong, what to do, and the exit code it ends the command with.

Vendor exceptions (botocore, pymysql, confluent-kafka) are turned into one of these at the boundary where they arise;
the root command group in ``cdcctl.cli.app`` is the only place that prints them.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_FINE = 0
EXIT_DIFFERENCES = 1
EXIT_USAGE = 2
EXIT_INPUT = 3
EXIT_REMOTE = 4
EXIT_LOCAL = 5
EXIT_INTERRUPTED = 130
# What a shell has for a command that ended by SIGPIPE.
EXIT_NO_READER = 141


class CdcctlError(Exception):
    """Base of all errors shown to users.

    :param message: what is wrong and where, one sentence, no trailing newline.
    :param hint: what to do about it, one sentence.
    :param details: further lines printed under the message as they are (log tails, one line a problem).
    """

    exit_code = EXIT_DIFFERENCES

    def __init__(self, message: str, *, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class UsageError(CdcctlError):
    """The command line does not make sense (exit code 2)."""

    exit_code = EXIT_USAGE


class InputError(CdcctlError):
    """A file, a statement or a configuration given by the user is wrong (exit code 3)."""

    exit_code = EXIT_INPUT


class RemoteError(CdcctlError):
    """AWS, MySQL or Kafka refused or did not answer (exit code 4)."""

    exit_code = EXIT_REMOTE


class NotFoundError(RemoteError):
    """The named remote resource does not exist."""


class ConflictError(RemoteError):
    """The name is taken, or another operation is under way."""


class UnavailableError(RemoteError):
    """Nobody answered, or only to say that it is not possible now: the same may work a little later."""


class LocalEnvironmentError(CdcctlError):
    """This machine cannot run what was asked (exit code 5)."""

    exit_code = EXIT_LOCAL


class ChildProcessDiedError(LocalEnvironmentError):
    """A process of the local stack ended on its own; ``details`` holds its last log lines."""


def why(error: Exception) -> str:
    """Why a file cannot be read: without the number and the path that Python's own text repeats."""
    return str(getattr(error, "strerror", None) or error)
