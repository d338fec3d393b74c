"""What a running local stack is: written once it is up, read by every command that uses it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from cdcctl.errors import LocalEnvironmentError, why
from cdcctl.local.mysql.base import MySQLServer

STATE_VARIABLE = "CDCCTL_STATE_DIR"
_FILE = "stack.json"


def default_state_folder() -> Path:
    """The state folder of the user's stack; ``CDCCTL_STATE_DIR`` moves it."""
    override = os.environ.get(STATE_VARIABLE)
    return Path(override).expanduser().resolve() if override else platformdirs.user_state_path("cdcctl") / "local"


@dataclass(frozen=True)
class Stack:
    """Addresses of a running stack, all on loopback."""

    state: Path
    region: str
    endpoint: str
    bootstrap_servers: str
    bucket: str
    secret: str
    mysql: MySQLServer = field(repr=False)

    def save(self) -> None:
        """Write the description into the state folder, readable by this user only: it holds MySQL's passwords."""
        path = self.state / _FILE
        temporary = path.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps({**asdict(self), "state": str(self.state)}))
        temporary.replace(path)


def load_stack(state: Path) -> Stack | None:
    """The stack that was brought up in ``state``, or None; whether it still runs is not asked."""
    try:
        data: dict[str, Any] = json.loads((state / _FILE).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LocalEnvironmentError(
            f"{state / _FILE} cannot be read: {why(error)}",
            hint="end the stack with: cdcctl local down",
        ) from error
    return Stack(**{**data, "state": Path(data["state"]), "mysql": MySQLServer(**data["mysql"])})


def has_stack(state: Path) -> bool:
    """Whether a stack was brought up in ``state``, be its description readable or not."""
    return (state / _FILE).exists()


def forget_stack(state: Path) -> None:
    """Remove the description."""
    (state / _FILE).unlink(missing_ok=True)


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the state folder against other commands that start or stop its stack; waits for them."""
    import fcntl

    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (state / ".lock").open("w")
    except OSError as error:
        raise LocalEnvironmentError(
            f"the state folder {state} cannot be written: {error.strerror}",
            hint=f"name another one with --state or {STATE_VARIABLE}",
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
