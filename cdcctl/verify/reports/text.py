"""The report as text, for people who have never seen Kafka."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from cdcctl.verify.findings import Example, Finding
from cdcctl.verify.report import Report, StepResult
from cdcctl.verify.results import TableResult
from cdcctl.verify.schemas import SchemaResult

_STYLE = {"difference": "bold red", "known": "yellow", "note": "cyan"}
_WIDTH = 80
_EXAMPLES = 3
# More findings than this are shown with one example each.
_FEW = 6


def print_report(report: Report, console: Console) -> None:
    """Print the report, at most as wide as its names; nothing that could be copied is broken in two."""
    lines = [Text(), Text(report.scenario, "bold"), *_wrapped(report.description, "", console.width)]
    lines += [*_steps(report.steps, report.seconds), *_schemas(report.schemas)]
    lines += finding_lines(report.news, console.width)
    for finding in report.cured:
        lines.append(Text(f"{finding.code} {finding.rule.title}: {place(finding)} (cured by the backfill)", "green"))
    lines += [Text(f"expected: {sentence}", "bold red") for sentence in report.unmet]
    if report.heals:
        lines += [Text(), Text("What has these rows sent again; --repair runs it and compares again"), Text()]
        lines += [Text(statement) for statement in report.heals]
    # What it all comes to stands last, where a terminal stops.
    lines += _tables(report.tables)
    lines += [Text(), Text(report.verdict, "bold green" if report.ok else "bold red")]
    for line in lines:
        console.print(line, soft_wrap=True)


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


def finding_lines(findings: Sequence[Finding], width: int) -> Iterator[Text]:
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
            if where := place(finding):
                yield Text(f"  {where}{mark}")
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


def place(finding: Finding) -> str:
    """Where it is and how many rows it concerns."""
    where = ".".join(part for part in (finding.table, finding.column) if part)
    rows = f"{finding.rows} row{'' if finding.rows == 1 else 's'}" if finding.rows else ""
    return ": ".join(part for part in (where, rows) if part)
