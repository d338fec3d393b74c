"""How a download is shown: bars on stderr for a person at a terminal, nothing for anybody else."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """Who is told how a fetch goes on; called from several threads."""

    def say(self, text: str) -> None:
        """What is done now, where there are no bytes to count."""

    def start(self, name: str, total: int) -> None:
        """A fetch of ``total`` bytes for the lock ``name`` begins."""

    def advance(self, count: int) -> None:
        """So many more bytes are there; negative when a download failed and its bytes do not count."""


class Silent:
    """Progress for nobody."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def start(self, name: str, total: int) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""


class Sentences:
    """Tells in words how far a download is, for a command that shows one line for all it does.

    :param say: shows a line in place of the one before.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._name = ""
        self._total = self._done = 0
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Say it."""
        self._say(text)

    def start(self, name: str, total: int) -> None:
        """Speak of this one from now on."""
        with self._lock:
            self._name, self._total, self._done = name, total, 0

    def advance(self, count: int) -> None:
        """Say how far it is."""
        with self._lock:
            self._done += count
            self._say(f"downloading {self._name}: {self._done / 1e6:.0f} of {self._total / 1e6:.0f} MB")


class Bars:
    """One bar a fetch. Nothing is drawn before something is really downloaded."""

    def __init__(self, console: Console) -> None:
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None
        self._words: TaskID | None = None
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Show the text where a bar's name stands, in place of the one before."""
        with self._lock:
            self._rich.start()
            if self._words is None:
                self._words = self._rich.add_task(text, total=None)
            self._rich.update(self._words, description=text)

    def start(self, name: str, total: int) -> None:
        """Draw a new bar."""
        with self._lock:
            self._rich.start()
            self._task = self._rich.add_task(name, total=total)

    def advance(self, count: int) -> None:
        """Move the newest bar."""
        if self._task is not None:
            self._rich.advance(self._task, count)

    def stop(self) -> None:
        """Leave the bars as they are and give the terminal back."""
        self._rich.stop()


@contextlib.contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """Show downloads on stderr while the context lasts; silent if ``quiet`` or if stderr is no terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Silent()
        return
    bars = Bars(console)
    try:
        yield bars
    finally:
        bars.stop()
