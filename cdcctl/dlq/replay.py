"""Send dead letters again: under the pipeline's lock, in batches, each marked before the next.

Every record that is sent carries the mark of its letter, so that a run that was killed between sending and marking is
seen through by the next one: it finds the marks in the topics themselves. The marks that are kept in the bucket outlive
the topics' retention.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from cdcctl.aws.target import Target
from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.run import Run, pipeline_folder, running
from cdcctl.deploy.waiting import Say
from cdcctl.dlq.letters import REPLAYED, DeadLetter, dead_letters, queues
from cdcctl.dlq.plan import Choice, Plan, decide, look
from cdcctl.errors import InputError
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.raw import RawRecord, write
from cdcctl.pipeline import Pipeline

_BATCH = 500
_FORMAT = 1


def require_queue(pipeline: Pipeline) -> None:
    """:raises InputError: no sink of the pipeline has a dead letter queue."""
    if not queues(pipeline):
        raise InputError(
            "no sink of this pipeline has a dead letter queue",
            hint="give it one with dead_letters: {topic: …}; without, a record that it cannot take stops it",
        )


def make_plan(pipeline: Pipeline, target: Target, choice: Choice) -> Plan:
    """What :func:`replay` would do.

    :raises InputError: there is no queue, or nothing of what was chosen.
    """
    require_queue(pipeline)
    cluster = open_cluster(pipeline, target)
    letters = list(dead_letters(pipeline, cluster, target.check))
    seen = look(letters, cluster, target.check)
    return decide(letters, pipeline.topics.values(), _marked(pipeline, target), seen, choice)


def replay(pipeline: Pipeline, target: Target, choice: Choice, say: Say, confirm: Callable[[Plan], None]) -> Plan:
    """Send again what the plan says, once it is confirmed.

    :raises LockedError: another run that changes the pipeline is under way.
    """
    with running(pipeline, target, "dlq replay", say) as run:
        plan = make_plan(pipeline, target, choice)
        if plan.replays:
            confirm(plan)
            _send(run, pipeline, target, plan.replays)
    return plan


def _send(run: Run, pipeline: Pipeline, target: Target, letters: Sequence[DeadLetter]) -> None:
    cluster = open_cluster(pipeline, target)
    marked = set(_marked(pipeline, target))
    for first in range(0, len(letters), _BATCH):
        batch = letters[first : first + _BATCH]
        with run.change(f"send {len(batch)} dead letter(s) again, from number {first + 1} of {len(letters)}") as facts:
            facts["letters"] = [each.mark for each in batch]
            _write(cluster, batch)
            marked.update(each.mark for each in batch)
            _mark(pipeline, target, marked)


def _write(cluster: Cluster, batch: Sequence[DeadLetter]) -> None:
    """Topic by topic, in the order in which the records stood there."""
    by_topic: dict[str, list[RawRecord]] = {}
    for each in batch:
        if each.origin:
            by_topic.setdefault(each.origin.topic, []).append(_again(each, each.origin.partition))
    for topic, records in by_topic.items():
        write(cluster, topic, records)


def _again(letter: DeadLetter, partition: int) -> RawRecord:
    """The record as it was, with the mark of the letter in place of an earlier one."""
    headers = tuple(each for each in letter.headers if each[0] != REPLAYED)
    record = letter.record
    marked = (*headers, (REPLAYED, letter.mark.encode()))
    return RawRecord(partition, 0, record.key, record.value, marked, record.timestamp_ms)


def _place(pipeline: Pipeline) -> tuple[str, str]:
    return pipeline.connect.plugin_bucket, f"{pipeline_folder(pipeline)}dead-letters.json"


def _marked(pipeline: Pipeline, target: Target) -> frozenset[str]:
    """The marks that are kept.

    :raises InputError: the object that keeps them is of another version.
    """
    bucket, key = _place(pipeline)
    found = target.storage.read(bucket, key)
    if found is None:
        return frozenset()
    try:
        document = json.loads(found.content)
        marks = frozenset(map(str, document["replayed"])) if document["format"] == _FORMAT else None
    except (ValueError, KeyError, TypeError):
        marks = None
    if marks is None:
        raise InputError(
            f"s3://{bucket}/{key} does not hold what was sent again, as this version keeps it",
            hint="use the version that wrote it; without the object, the marks in the topics themselves count",
        )
    return marks


def _mark(pipeline: Pipeline, target: Target, marks: set[str]) -> None:
    content = json.dumps({"format": _FORMAT, "replayed": sorted(marks)}, indent=1)
    target.storage.write(*_place(pipeline), content.encode())
