"""One table: its events staged, cut where MySQL's snapshot stands, folded, and held against MySQL bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.kafka.cluster import Ends
from cdcctl.verify.data import buckets
from cdcctl.verify.data.canonical import quoted
from cdcctl.verify.data.cut import Bracket
from cdcctl.verify.data.healing import Healing, healing
from cdcctl.verify.data.naming import KEYS_AT_ONCE, Naming
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.settle import settle
from cdcctl.verify.data.state import TableState
from cdcctl.verify.data.torn import torn
from cdcctl.verify.data.way import way
from cdcctl.verify.findings import Finding
from cdcctl.verify.lake.contents import Lake
from cdcctl.verify.report import StepResult
from cdcctl.verify.results import Difference, TableResult

Say = Callable[[str], None]
_NO_ROWS = (0, 0)
OF_EVENTS = frozenset({"parquet-file-missing", "tail-lost", "key-in-partitions"})


@dataclass(frozen=True)
class Question:
    """What is to be compared of each table.

    :ivar size: rows of a bucket, and of a statement.
    :ivar share: of the buckets.
    :ivar since: milliseconds since 1970; only rows with an event since then.
    """

    size: int = 50_000
    share: float = 1.0
    since: int | None = None


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
        self._naming = Naming(side)
        self._waiting: dict[int, tuple[int, int]] = {}
        self._rows = [0, 0]
        self._asked = 0

    def run(self, lake: Lake, s3: Any, ends: Ends, skipped: Mapping[int, frozenset[int]], say: Say) -> Compared:
        """Compare.

        :raises NotFoundError: the lake has nothing of the table.
        """
        staging, table = self._side.staging, self._side.staging.definition.full_name
        say(f"{table}: reading the lake's files")
        staging.load(lake, s3)
        about = way(staging, ends, skipped)
        self._side.begin()
        self._asked = settle(self._side, self._bracket, self._topic)
        staging.fold()
        doubled = any(finding.rule.slug == "offset-doubled" for finding in about)
        events = staging.count(f"SELECT count({'DISTINCT (part, off)' if doubled else '*'}) FROM events")
        say(f"{table}: comparing")
        words = self._compare(say)
        gathered = self._state.gathered
        self._name()
        torn(self._side, gathered)
        return self._outcome([*about, *gathered.findings], events, words)

    def _compare(self, say: Say) -> str:
        if self._question.since is not None:
            return self._touched()
        if self._side.key.is_number:
            return self._ranges(say)
        return self._hashes()

    def _ranges(self, say: Say) -> str:
        side, state, question = self._side, self._state, self._question
        if state.bounds is None:
            state.bounds = buckets.bounds(side, question.size)
        parts = buckets.ranges(state.bounds)
        ours = buckets.range_sums(side, parts)
        chosen = buckets.sampled(len(parts), question.share, str(state.bounds))
        different = 0
        for number in chosen:
            if number in state.done:
                continue
            part = parts[number]
            say(f"{side.staging.definition.full_name}: keys {part.words}, {len(state.done)} of {len(chosen)} done")
            theirs, mine = buckets.mysql_sum(side, part), ours.get(number, _NO_ROWS)
            self._waiting[number] = (theirs[0], mine[0])
            if theirs != mine:
                different += 1
                self._look(part)
            # A bucket is done when its differences are named; to name them is cheaper for many at once.
            if side.staging.count("SELECT count(*) FROM differing") not in range(1, KEYS_AT_ONCE):
                self._name()
        self._name()
        self._rows = [sum(rows[at] for rows in state.done.values()) for at in (0, 1)]
        return _words(len(chosen), len(parts), "key ranges", different)

    def _look(self, part: buckets.Range) -> None:
        """Find the keys of a range that differ."""
        side = self._side
        side.staging.database.execute("DELETE FROM theirs")
        side.read(side.keyed(part.condition(quoted(side.key.columns[0].name))))
        side.differ(part.condition("k0"))

    def _name(self) -> None:
        """Name the differences found so far, and keep that their buckets are done."""
        self._naming.name(self._state.gathered)
        self._side.forget_differing()
        self._state.done.update(self._waiting)
        self._waiting.clear()
        self._keep()

    def _hashes(self) -> str:
        side, size = self._side, self._question.size
        count = buckets.hash_buckets(side.staging.count("SELECT count(*) FROM rows"), size)
        ours, theirs = buckets.lake_hash_sums(side, count), buckets.mysql_hash_sums(side, count, size)
        chosen = buckets.sampled(count, self._question.share, str(count))
        different = [at for at in chosen if ours.get(at, _NO_ROWS) != theirs.get(at, _NO_ROWS)]
        if different:
            side.staging.database.execute("DELETE FROM theirs")
            listed = ", ".join(map(str, different))
            for condition in buckets.chunks(side, size):
                side.read(side.keyed(f"{condition} AND {side.key.bucket_in_mysql(count)} IN ({listed})"))
            side.differ(f"{side.key.bucket_in_lake(count)} IN ({listed})")
        self._rows = [sum(sums.get(at, _NO_ROWS)[0] for at in chosen) for sums in (theirs, ours)]
        return _words(len(chosen), count, "buckets of keys by their hash", len(different))

    def _touched(self) -> str:
        """Only the keys with an event since a moment. What MySQL has and no event tells of cannot be found so."""
        side = self._side
        side.staging.database.execute(
            f"CREATE OR REPLACE TABLE touched AS SELECT DISTINCT {side.key.joined} FROM events "
            f"WHERE ts >= {self._question.since}"
        )
        asked = side.read_keys("touched")
        touched = f"({side.key.joined}) IN (SELECT ({side.key.joined}) FROM touched)"
        side.differ(touched)
        self._rows = [asked, side.staging.count(f"SELECT count(*) FROM rows WHERE {touched}")]
        keys = side.staging.count("SELECT count(*) FROM touched")
        return f"{keys} keys with events since then"

    def _outcome(self, findings: list[Finding], events: int, words: str) -> Compared:
        staging = self._side.staging
        result = TableResult(
            table=staging.definition.full_name,
            mysql_rows=self._rows[0],
            parquet_rows=self._rows[1],
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
        if self._asked:
            words += f"; the cut settled by {self._asked} rows"
        return Compared(result, words, healing(self._side, findings))


def _mismatches(findings: Sequence[Finding]) -> int:
    """How much is different. Where every row is equal, events that were lost are told of but change nothing."""
    counted = [finding for finding in findings if finding.rule.severity != "note"]
    rows = [finding for finding in counted if finding.rule.slug not in OF_EVENTS]
    return sum(max(1, finding.rows) for finding in counted) if rows else 0


def _words(compared: int, of: int, what: str, different: int) -> str:
    share = f"{compared} of {of}" if compared < of else f"{of}"
    return f"{share} {what}, {different} of them looked into" if different else f"{share} {what}, all equal"


def step(compared: Compared, seconds: float) -> StepResult:
    """The outcome as a step of the report."""
    return StepResult(f"compare {compared.result.table}", seconds, compared.words)
