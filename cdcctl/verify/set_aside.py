"""What a pipeline's sinks have set aside, as far as counting and comparing have to know of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cdcctl.aws.target import Target
from cdcctl.dlq.letters import queues
from cdcctl.dlq.plan import Choice, Plan, Verdict
from cdcctl.dlq.replay import make_plan
from cdcctl.pipeline import Pipeline
from cdcctl.verify.findings import Finding, code_of

# Letters that are no loss: sent again, or of a key that has a newer event.
_SETTLED = frozenset({Verdict.REPLAYED, Verdict.SUPERSEDED})


@dataclass(frozen=True)
class SetAside:
    """The dead letters of a moment.

    :ivar offsets: topic → places of records that were set aside, and are in no Parquet file.
    :ivar again: topic → how many of its records are ones that were sent again.
    """

    offsets: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    again: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def set_aside(pipeline: Pipeline, target: Target) -> SetAside:
    """Read the queues; nothing is asked where the pipeline has none."""
    return _of(make_plan(pipeline, target, Choice())) if queues(pipeline) else SetAside()


def _of(plan: Plan) -> SetAside:
    offsets: dict[str, set[tuple[int, int]]] = defaultdict(set)
    again: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for each in plan.decisions:
        origin = each.letter.origin
        if origin:
            offsets[origin.topic].add((origin.partition, origin.offset))
            again[origin.topic] += each.verdict is Verdict.REPLAYED
        if each.verdict not in _SETTLED:
            left[each.letter.queue] += 1
    findings = tuple(
        Finding(code_of("dead-letters"), rows=count, detail=f"in topic {queue}") for queue, count in left.items()
    )
    return SetAside({topic: frozenset(places) for topic, places in offsets.items()}, again, findings)
