"""One table: its events staged, cut where MySQL's snapshot stands, folded, and held against MySQL bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cdcctl.kafka.cluster import Ends
from cdcctl.verify.data.ahead import ahead
from cdcctl.verify.data.cut import Bracket
from cdcctl.verify.data.healing import Healing, healing
from cdcctl.verify.data.parts import Differences, Parted, Question, Say, parts_of
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.settle import settle
from cdcctl.verify.data.state import TableState
from cdcctl.verify.data.torn import torn
from cdcctl.verify.data.way import way
from cdcctl.verify.findings import Finding
from cdcctl.verify.lake.contents import Lake
from cdcctl.verify.report import StepResult
from cdcctl.verify.results import Difference, TableResult

OF_EVENTS = frozenset({"parquet-file-missing", "tail-lost", "key-in-partitions"})


@dataclass(frozen=True)
class Compared:
    """The outcome.

    :ivar healing: what to send again, where that can help.
    :ivar words: how it was compared.
    """

    result: TableResult
    words: str
    healing: Healing | None = None


class TableComparison:
    """The comparison of one table.

    :param ends: of its topic; the sink has passed them.
    :param keep: called when a bucket is done.
    """

    def __init__(
        self, side: Side, question: Question, bracket: Bracket, topic: str, state: TableState, keep: Callable[[], None]
    ) -> None:
        self._side = side
        self._question = question
        self._bracket = bracket
        self._topic = topic
        self._state = state
        self._keep = keep

    def run(self, lake: Lake, s3: Any, ends: Ends, skipped: Mapping[int, frozenset[int]], say: Say) -> Compared:
        """Compare.

        :raises NotFoundError: the lake has nothing of the table.
        """
        side, staging = self._side, self._side.staging
        say_of = partial(_say, say, staging.definition.full_name)
        staging.fetch(lake, s3, say_of)
        parts = parts_of(side, self._question, self._state)
        with ahead() as mysql:
            parts.ask(mysql)
            staging.stage(say_of)
            about = way(staging, ends, skipped)
            side.begin()
            asked = settle(side, self._bracket, self._topic)
            say_of("folding its events")
            staging.fold(parts.slices())
            say_of("comparing")
            differences = Differences(side, self._state, self._keep)
            parted = parts.compare(differences, say_of)
        gathered = differences.gathered
        torn(side, gathered)
        if asked:
            parted = replace(parted, words=f"{parted.words}; the cut settled by {asked} rows")
        return self._outcome([*about, *gathered.findings], self._events(about), parted)

    def _events(self, about: Sequence[Finding]) -> int:
        doubled = any(finding.rule.slug == "offset-doubled" for finding in about)
        return self._side.staging.count(f"SELECT count({'DISTINCT (part, off)' if doubled else '*'}) FROM events")

    def _outcome(self, findings: list[Finding], events: int, parted: Parted) -> Compared:
        staging = self._side.staging
        result = TableResult(
            table=staging.definition.full_name,
            mysql_rows=parted.mysql_rows,
            parquet_rows=parted.lake_rows,
            events=events,
            mismatches=_mismatches(findings),
            findings=tuple(sorted(findings, key=lambda finding: (finding.code, finding.column or ""))),
            differences=tuple(
                Difference(finding.code, example.key, finding.column, example.mysql, example.parquet)
                for finding in findings
                if finding.rule.severity != "note"
                for example in finding.examples
            ),
        )
        return Compared(result, parted.words, healing(self._side, findings))


def of_rows(compared: Compared) -> Compared:
    """Without columns that MySQL has no longer, which no other way of comparing looks at: no row differs by them."""
    result = compared.result
    kept = [finding for finding in result.findings if finding.rule.slug == "column-kept"]
    left = tuple(finding for finding in result.findings if finding not in kept)
    mismatches = result.mismatches - sum(finding.rows for finding in kept)
    return replace(compared, result=replace(result, mismatches=mismatches, findings=left))


def _say(say: Say, table: str, words: str) -> None:
    say(f"{table}: {words}")


def _mismatches(findings: Sequence[Finding]) -> int:
    """How much is different. Where every row is equal, events that were lost are told of but change nothing."""
    counted = [finding for finding in findings if finding.rule.severity != "note"]
    rows = [finding for finding in counted if finding.rule.slug not in OF_EVENTS]
    return sum(max(1, finding.rows) for finding in counted) if rows else 0


def step(compared: Compared, seconds: float) -> StepResult:
    """The outcome as a step of the report."""
    return StepResult(f"compare {compared.result.table}", seconds, compared.words)
