"""The outcome of a scenario: one JSON document, and the same facts as text for people who have never seen Kafka."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from cdcctl.errors import EXIT_DIFFERENCES, EXIT_FINE
from cdcctl.verify.findings import Example, Finding
from cdcctl.verify.results import TableResult

if TYPE_CHECKING:
    from cdcctl.verify.schemas import SchemaResult

_STYLE = {"difference": "bold red", "known": "yellow", "note": "cyan"}
_WIDTH = 80
_EXAMPLES = 3
# More findings than this are shown with one example each.
_FEW = 6


@dataclass(frozen=True)
class Hop:
    """One stretch of the way in one step, such as "MySQL → Kafka", and how long it took."""

    name: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class StepResult:
    """A step that was done, in the words of the scenario."""

    step: str
    seconds: float
    detail: str = ""
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything a run showed.

    :param findings: what was found beside the tables' rows: connectors, registries, offsets, dead letters.
    :param cured: findings of before a backfill that are gone after it.
    :param unmet: expectations of the scenario that did not come true.
    :param seconds: what took how long, by name; ``total`` is the whole run.
    :param facts: what the result was won with: server version, sql_mode, jar versions.
    """

    scenario: str
    ok: bool
    steps: tuple[StepResult, ...] = ()
    tables: tuple[TableResult, ...] = ()
    schemas: tuple[SchemaResult, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    cured: tuple[Finding, ...] = ()
    unmet: tuple[str, ...] = ()
    description: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when all is as expected, else 1."""
        return EXIT_FINE if self.ok else EXIT_DIFFERENCES

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "scenario": self.scenario,
            "ok": self.ok,
            "description": self.description,
            "steps": [_step_dict(step) for step in self.steps],
            "tables": [_table_dict(table) for table in self.tables],
            "schemas": [schema.to_dict() for schema in self.schemas],
            "findings": [finding.to_dict() for finding in self.findings],
            "cured": [finding.to_dict() for finding in self.cured],
            "unmet": list(self.unmet),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "facts": dict(self.facts),
        }

    def with_seconds(self, name: str, seconds: float) -> Report:
        """The report with one more part of the time, also in the total."""
        taken = {**self.seconds, name: seconds}
        return replace(self, seconds={**taken, "total": self.seconds.get("total", 0.0) + seconds})

    @property
    def failed_as_expected(self) -> bool:
        """Whether the scenario had to be stopped, and was."""
        return self.ok and any(table.mismatches for table in self.tables)

    def print(self, console: Console) -> None:
        """Print the report as text, at most as wide as its names; nothing that could be copied is broken in two."""
        lines = [Text(), Text(self.scenario, "bold"), *_wrapped(self.description, "", console.width)]
        lines += [*_steps(self.steps, self.seconds), *_schemas(self.schemas)]
        # Of a run that had to stop, only what stopped it is news.
        of_tables = [] if self.failed_as_expected else [f for table in self.tables for f in table.findings]
        lines += _findings([*self.findings, *of_tables], console.width)
        for finding in self.cured:
            lines.append(
                Text(f"{finding.code} {finding.rule.title}: {_where(finding)} (cured by the backfill)", "green")
            )
        lines += [Text(f"expected: {sentence}", "bold red") for sentence in self.unmet]
        # What it all comes to stands last, where a terminal stops.
        lines += _tables(self.tables)
        lines += [Text(), self._verdict()]
        for line in lines:
            console.print(line, soft_wrap=True)

    def _verdict(self) -> Text:
        total = f" ({self.seconds['total']:.1f} s)" if "total" in self.seconds else ""
        if not self.ok:
            return Text(f"✗ {self.scenario}: {self._blame()}{total}", "bold red")
        if self.failed_as_expected:
            codes = ", ".join(finding.code for finding in self.findings if finding.expected)
            return Text(f"✓ {self.scenario}: the pipeline stopped, as it should ({codes}){total}", "bold green")
        known = sum(finding.expected for table in self.tables for finding in table.findings)
        equal = "what is in MySQL is what is in Parquet"
        also = f", except for {known} known difference{'s' if known > 1 else ''} named above" if known else ""
        return Text(f"✓ {self.scenario}: {equal}{also}{total}", "bold green")

    def _blame(self) -> str:
        way = [finding for finding in self.findings if not finding.expected and finding.rule.severity != "note"]
        if way:
            return "; ".join(dict.fromkeys(finding.rule.title for finding in way))
        if different := sum(table.mismatches for table in self.tables):
            return f"{different} difference{'s' if different > 1 else ''} between MySQL and Parquet"
        return "not what the scenario expects"


def _steps(steps: Sequence[StepResult], seconds: Mapping[str, float]) -> Iterator[Text]:
    yield from _title("What was done, and how many seconds it took")
    around = {"stack": "start MySQL, Kafka and the AWS endpoint", "compare": "compare MySQL with Parquet"}
    rows = [(seconds[name], words, "") for name, words in around.items() if name == "stack" and name in seconds]
    for step in steps:
        rows.append((step.seconds, step.step, step.detail))
        rows += [(hop.seconds, f"  {hop.name}", hop.detail) for hop in step.hops]
    rows += [(seconds[name], words, "") for name, words in around.items() if name == "compare" and name in seconds]
    if "shut down" in seconds:
        rows.append((seconds["shut down"], "shut everything down", ""))
    width = max((len(what) for _, what, detail in rows if detail), default=0)
    for taken, what, detail in rows:
        line = Text(f"{taken:6.1f}  {what.ljust(width) if detail else what}")
        if what.startswith(" "):
            line.stylize("dim")
        yield line.append(f"  {detail}" if detail else "", "dim")


def _schemas(schemas: Sequence[SchemaResult]) -> Iterator[Text]:
    if not schemas:
        return
    yield from _title("Schemas in the registries")
    yield from _columns([("schema", "versions", "registry"), *((s.name, len(s.versions), s.registry) for s in schemas)])
    for schema in schemas:
        for version in schema.versions:
            if version.compatible is None:
                continue
            yield Text()
            yield Text(
                f"{schema.name}, version {version.number}: {version.status.lower()}, mode {schema.compatibility}"
            )
            for said, fine in (("allowed by", True), ("not by    ", False)):
                modes = [mode for mode, allowed in version.compatible.items() if allowed is fine]
                yield Text(f"  {said} {', '.join(modes) or 'no mode'}", "dim")
            for part in (part for reason in version.reasons for part in reason.split("; ")):
                yield from _wrapped(part, "  ", _WIDTH, "  ")


def _tables(tables: Sequence[TableResult]) -> Iterator[Text]:
    if not tables:
        return
    yield from _title("Rows in MySQL and in Parquet")
    rows: list[tuple[object, ...]] = [("table", "MySQL", "Parquet", "events", "different", "")]
    for each in tables:
        codes = dict.fromkeys(finding.code for finding in each.findings)
        numbers = (each.mysql_rows, each.parquet_rows, each.events, each.mismatches)
        rows.append((each.table, *numbers, " ".join(["equal" if not each.mismatches else "DIFFERENT", *codes])))
    for number, line in enumerate(_columns(rows)):
        if number and tables[number - 1].mismatches:
            line.stylize("bold red")
        yield line


def _columns(rows: Sequence[tuple[object, ...]]) -> Iterator[Text]:
    """Rows under a heading, in columns as wide as they need; numbers to the right."""
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(rows[0]))]
    numbers = [all(isinstance(row[place], int) for row in rows[1:]) for place in range(len(rows[0]))]
    for row in rows:
        cells = [
            str(cell).rjust(width) if number else str(cell).ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ]
        yield Text("  ".join(["", *cells]).rstrip(), "dim" if row is rows[0] else "")


def _title(title: str) -> Iterator[Text]:
    yield Text()
    yield Text(title, "bold")


def _wrapped(text: str, indent: str, width: int, hanging: str = "", style: str = "dim") -> list[Text]:
    lines = textwrap.wrap(
        text,
        min(width, _WIDTH),
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [Text(line, style) for line in lines]


def _findings(findings: Sequence[Finding], width: int) -> Iterator[Text]:
    """By code: what it is, where it is, why it is so and what cures it."""
    limit = _EXAMPLES if len(findings) <= _FEW else 1
    for code in dict.fromkeys(finding.code for finding in findings):
        some = [finding for finding in findings if finding.code == code]
        rule = some[0].rule
        expected = " (expected)" if all(finding.expected for finding in some) else ""
        yield Text()
        yield Text(f"{code} ", _STYLE[rule.severity]).append(f"{rule.title}{expected}", "bold")
        for finding in some:
            mark = " (expected)" if finding.expected and not expected else ""
            if place := _where(finding):
                yield Text(f"  {place}{mark}")
            for line in (finding.detail or "").splitlines():
                yield from _wrapped(line, "    ", width, "  ", "")
            for example in (each for each in finding.examples[:limit] if each.key != finding.detail):
                yield from _example(example, width)
        yield from _wrapped(f"why:  {rule.why}", "  ", width, "      ")
        yield from _wrapped(f"cure: {rule.cure}", "  ", width, "      ")


def _example(example: Example, width: int) -> Iterator[Text]:
    sides = [
        f"{_shown(value)} in {side}"
        for side, value, other in (
            ("MySQL", example.mysql, example.parquet),
            ("Parquet", example.parquet, example.mysql),
        )
        if value != "row" and other != "row" and (value, other) != (None, None)
    ]
    yield from _wrapped(f"{example.key}: {', '.join(sides)}" if sides else example.key, "    ", width, "  ")


def _shown(value: str | None) -> str:
    return "NULL" if value is None else value or "''"


def _where(finding: Finding) -> str:
    place = ".".join(part for part in (finding.table, finding.column) if part)
    rows = f"{finding.rows} row{'' if finding.rows == 1 else 's'}" if finding.rows else ""
    return ": ".join(part for part in (place, rows) if part)


def _step_dict(step: StepResult) -> dict[str, Any]:
    hops = [{"name": hop.name, "seconds": round(hop.seconds, 3), "detail": hop.detail} for hop in step.hops]
    return {"step": step.step, "seconds": round(step.seconds, 3), "detail": step.detail, "hops": hops}


def _table_dict(table: TableResult) -> dict[str, Any]:
    return {
        "table": table.table,
        "mysql_rows": table.mysql_rows,
        "parquet_rows": table.parquet_rows,
        "events": table.events,
        "operations": dict(table.operations),
        "versions": {str(number): count for number, count in table.versions.items()},
        "mismatches": table.mismatches,
        "findings": [finding.to_dict() for finding in table.findings],
        "differences": [
            {"code": d.code, "key": d.key, "column": d.column, "mysql": d.mysql, "parquet": d.parquet}
            for d in table.differences
        ],
    }
