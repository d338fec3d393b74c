"""How far the sinks have come, and what they could not take."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cdcctl.deploy.topics import dead_letter_topic
from cdcctl.operate.status.brokers import Brokers
from cdcctl.operate.status.line import Line, duration, judged
from cdcctl.pipeline import Pipeline
from cdcctl.render import names


def sink_lines(pipeline: Pipeline, brokers: Brokers, max_lag: float) -> Iterator[Line]:
    """Lag and dead letters of each; ``max_lag`` in seconds."""
    for name, sink in pipeline.sinks.items():
        subject = f"sink {name}"
        yield _lag(subject, names.sink_group(pipeline, sink), name, brokers, max_lag)
        queue = dead_letter_topic(sink)
        if queue is None:
            text = "it has no queue: a record that it cannot take stops it"
            yield judged(subject, "dead letters", text, wrong=False, topic=None, count=None)
        else:
            count = brokers.count(queue)
            yield judged(
                subject, "dead letters", f"{count} in topic {queue}", wrong=count > 0, topic=queue, count=count
            )


def _lag(subject: str, group: str, name: str, brokers: Brokers, max_lag: float) -> Line:
    """In records, and how long the oldest of them waits."""
    unread = brokers.unread(name)
    count = sum(unread.values())
    topics = len(brokers.tables[name])
    times = brokers.waiting[name].values()
    seconds = max(0.0, time.time() - min(times) / 1000) if times else None if count else 0.0
    if not topics:
        text = "none of its topics exists yet"
    elif count:
        age = f", the oldest waiting for {duration(seconds)}" if seconds is not None else ""
        text = f"{count} record(s) of {len({topic for topic, _ in unread})} of {topics} topic(s) are unread{age}"
    else:
        text = f"none: it has read {topics} topic(s) to the end"
    wrong = seconds is not None and seconds > max_lag
    rounded = None if seconds is None else round(seconds, 1)
    return judged(subject, "lag", text, wrong=wrong, events=count, seconds=rounded, group=group)
