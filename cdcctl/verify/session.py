"""Where scenarios run: the stack that is up, or one of our own that ends with the command."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cdcctl.local import stack
from cdcctl.local.state import Stack, load_stack


@contextmanager
def running_stack(state: Path, options: stack.Options, say: Callable[[str], None]) -> Iterator[tuple[Stack, bool]]:
    """The stack in ``state`` if one is up there, else a fresh one in a folder of its own; and whether it stays.

    One of our own is gone afterwards, with all that was done in it.
    """
    if load_stack(state):
        yield stack.require_running(state), True
        return
    own = Path(tempfile.mkdtemp(prefix="cdcctl-"))
    try:
        started, _ = stack.up(own, options, say)
        yield started, False
    finally:
        stack.down(own)
        shutil.rmtree(own, ignore_errors=True)
