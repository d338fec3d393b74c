"""The table of docs/faults.md: fault, component and outcome, of the rounds that were run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cdcctl.verify.faults.catalogue import KINDS
from cdcctl.verify.faults.rounds import Outcome
from cdcctl.verify.findings import rule

_COMPONENTS = {"mysql": "MySQL", "kafka": "Kafka", "source": "Debezium", "sink": "Iceberg sink"}
_SERVICES = {"glue": "Glue Schema Registry", "s3": "S3", None: "all of AWS"}
_HEAD = """\
# Faults

What happens when something goes wrong while the pipeline runs. Written by `scripts/fault-table` from a run of it: in
each round some hundreds of changes, one of the table's structure, and the fault at a moment drawn from a seed; in the
end every row of MySQL is compared with Parquet, every event is counted and every schema version compared with what
was predicted. `cdcctl verify SCENARIO --fault NAME` does the same with any scenario, `cdcctl verify faults` lists them.

*Killed* is SIGKILL. MySQL and Kafka are started again on the same data and port by whoever looks after them, here by
verify; a worker is replaced by MSK Connect, here by its emulator. The registry is a service, whose data outlive its
servers: killed, it leaves every connection without an answer. A full disk is a limit of 0 bytes for the size of files,
at which writes fail as they do on a full disk.
"""


def document(outcomes: Sequence[Outcome], facts: Mapping[str, str]) -> str:
    """The whole file.

    :param facts: what the runs were made with.
    """
    rows = [
        "| fault | component | what happens | rounds | outcome | changes | lost | sent again | written again |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(_row, outcomes),
    ]
    events, lost = sum(each.events for each in outcomes), sum(each.lost for each in outcomes)
    rounds = sum(each.rounds for each in outcomes)
    total = f"{rounds} rounds, {events:,} changes checked, {lost} lost."
    schemas = [each.kind.name for each in outcomes if not each.schemas_as_predicted]
    said = f"Not as predicted: {', '.join(schemas)}." if schemas else "Every schema version was as predicted."
    left = [f"`{name}`" for name in KINDS if name not in {each.kind.name for each in outcomes}]
    unseen = ["", f"Not run for this table: {', '.join(left)}."] if left else []
    codes = sorted({code for each in outcomes for code in each.gave_up})
    told = [f"- {code}: {rule(code).title}. {rule(code).why} {rule(code).cure}" for code in codes]
    by_design = ["## What gives up by design", "", *told, ""] if told else []
    made = [f"- {name}: {value}" for name, value in facts.items()]
    return "\n".join(
        [_HEAD, *rows, "", f"{total} {said}", *unseen, "", *_MEANING, "", *by_design, "## Made with", "", *made, ""]
    )


_MEANING = (
    "*Sent again*: changes that Debezium sent twice, being stopped before its offset was kept. *Written again*:",
    "events that the sink wrote into two files. The fold takes the latest event of a key and each offset once, so that",
    "neither shows in the rows; whoever counts rows without folding counts them twice.",
)


def _row(outcome: Outcome) -> str:
    kind = outcome.kind
    again = [outcome.again.get(code, 0) for code in ("VER041", "VER040")]
    cells = [f"`{kind.name}`", component(outcome), kind.does, outcome.rounds, _words(outcome), outcome.events]
    return "| " + " | ".join(map(str, (*cells, outcome.lost, *again))) + " |"


def component(outcome: Outcome) -> str:
    """Who is struck."""
    if outcome.kind.part:
        return _COMPONENTS[outcome.kind.part]
    return _SERVICES[outcome.kind.requests[0]["service"]]


def _words(outcome: Outcome) -> str:
    if not outcome.gave_up:
        return "goes on by itself"
    counts = Counter(outcome.gave_up)
    said = ", ".join(f"{count} times {code} {rule(code).title}" for code, count in sorted(counts.items()))
    return f"{said}; goes on after a restart"
