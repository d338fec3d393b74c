"""One run of a command that changes something: under the pipeline's lock, every change in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.deploy.journal import Journal
from cdcctl.deploy.lock import Lock, break_lock
from cdcctl.deploy.waiting import Say, Waiting
from cdcctl.pipeline import Pipeline


@dataclass(frozen=True)
class Run:
    """What the steps of a run share."""

    target: Target
    waiting: Waiting
    lock: Lock
    journal: Journal

    @property
    def say(self) -> Say:
        """Tell what is being done."""
        return self.waiting.say

    @contextmanager
    def change(self, what: str) -> Iterator[dict[str, Any]]:
        """Around everything that changes something; facts put into the mapping are kept in the journal.

        :param what: such as ``create connector movies-sink``.
        """
        self.lock.check()
        self.say(what)
        with self.journal.step(what) as facts:
            yield facts


@contextmanager
def running(pipeline: Pipeline, target: Target, command: str, say: Say, *, breaks_lock: bool = False) -> Iterator[Run]:
    """Take the lock and open the journal.

    :param breaks_lock: remove the lock of somebody else's run first.
    :raises LockedError: another run is under way.
    """
    bucket = pipeline.connect.plugin_bucket
    if breaks_lock:
        broken = break_lock(target, bucket, lock_key(pipeline))
        say(f"broke the lock of {broken}" if broken else "there was no lock to break")
    with Lock(target, bucket, lock_key(pipeline), command, say) as lock:
        journal = Journal(target, bucket, journal_folder(pipeline), command, lock.worker)
        waiting = Waiting(target, say)
        try:
            yield Run(target, waiting, lock, journal)
        except BaseException as error:
            waiting.stop()
            journal.give_up(error)
            raise
        journal.close()


def pipeline_folder(pipeline: Pipeline) -> str:
    """Where cdcctl keeps what it remembers of a pipeline in its bucket."""
    return f"cdcctl/pipelines/{pipeline.name}/"


def lock_key(pipeline: Pipeline) -> str:
    """Where the pipeline's lock is in its bucket."""
    return f"{pipeline_folder(pipeline)}lock.json"


def journal_folder(pipeline: Pipeline) -> str:
    """Where the pipeline's journal is in its bucket."""
    return f"{pipeline_folder(pipeline)}journal/"


def deployed_key(pipeline: Pipeline) -> str:
    """Where it is written what the last deploy left behind."""
    return f"{pipeline_folder(pipeline)}deployed.json"
