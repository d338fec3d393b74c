"""The outcome of a scenario: one JSON document, and the same facts as text for people who have never seen Kafka."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cdcctl.errors import EXIT_DIFFERENCES, EXIT_FINE
from cdcctl.verify.findings import Finding
from cdcctl.verify.results import TableResult

if TYPE_CHECKING:
    from cdcctl.verify.schemas import SchemaResult

_SEVERITY = {"difference": "different", "known": "changed", "note": "note"}
_STYLE = {"difference": "bold red", "known": "yellow", "note": "cyan"}
_INDENT = (0, 0, 0, 2)


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

    def print(self, console: Console) -> None:
        """Print the report as text."""
        console.print(Text(f"\n{self.scenario}", style="bold"), Text(self.description, style="dim"), sep="\n")
        for part in (_steps(self.steps), _schemas(self.schemas), _tables(self.tables)):
            if part.row_count:
                console.print(part)
        found = [*self.findings, *(finding for table in self.tables for finding in table.findings)]
        _print_findings(console, found)
        for finding in self.cured:
            console.print(Text(f"{finding.code} {finding.rule.title}: {_where(finding)} (cured by backfill)", "green"))
        _print_differences(console, self.tables)
        for sentence in self.unmet:
            console.print(Text(f"expected: {sentence}", style="bold red"))
        console.print(self._verdict(found))

    def _verdict(self, found: Iterable[Finding]) -> Text:
        total = f" in {self.seconds['total']:.1f} s" if "total" in self.seconds else ""
        if not self.ok:
            return Text(f"✗ {self.scenario}: Parquet is not what MySQL is, or not what was expected{total}", "bold red")
        expected = sum(finding.expected for finding in found)
        also = f", beside {expected} expected finding{'s' if expected > 1 else ''}" if expected else ""
        rows = sum(table.mysql_rows for table in self.tables)
        tables = len(self.tables)
        said = f"all {rows} rows of {tables} table{'s' if tables > 1 else ''} are in Parquet as they are in MySQL"
        if not tables:
            said = "it went as expected"
        return Text(f"✓ {self.scenario}: {said}{also}{total}", "bold green")


def _steps(steps: Iterable[StepResult]) -> Table:
    table = _grid("What was done", ("step", "left"), ("seconds", "right"), ("", "left"))
    for step in steps:
        table.add_row(step.step, f"{step.seconds:.1f}", step.detail)
        for hop in step.hops:
            table.add_row(f"  {hop.name}", f"{hop.seconds:.1f}", hop.detail, style="dim")
    return table


def _schemas(schemas: Iterable[SchemaResult]) -> Table:
    table = _grid(
        "Schemas in the registries", ("schema", "left"), ("registry", "left"), ("version", "right"), ("", "left")
    )
    for schema in schemas:
        for version in schema.versions:
            said = version.status.lower()
            if version.compatible:
                allowed = [mode for mode, fine in version.compatible.items() if fine]
                refused = [mode for mode, fine in version.compatible.items() if not fine]
                said += f"; allowed by {', '.join(allowed) or 'no mode'}"
                said += f"; not by {', '.join(refused)}" if refused else ""
            table.add_row(schema.name, schema.registry, str(version.number), "\n".join([said, *version.reasons]))
    return table


def _tables(tables: Iterable[TableResult]) -> Table:
    columns = ("rows in MySQL", "rows in Parquet", "events", "different")
    table = _grid("MySQL and Parquet", ("table", "left"), *((name, "right") for name in columns), ("", "left"))
    for each in tables:
        fine = not each.mismatches
        codes = dict.fromkeys(finding.code for finding in each.findings)
        numbers = (each.mysql_rows, each.parquet_rows, each.events, each.mismatches)
        mark = Text("equal" if fine else "different", "green" if fine else "bold red")
        mark.append(f"  {' '.join(codes)}" if codes else "", "dim")
        table.add_row(each.table, *map(str, numbers), mark)
    return table


def _grid(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold", header_style="dim")
    return table


def _print_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Each finding once; its meaning is said with the first of its code."""
    said: set[str] = set()
    for finding in findings:
        rule = finding.rule
        line = Text(f"{finding.code} ", _STYLE[rule.severity])
        line.append(f"{rule.title}: {_where(finding)}")
        line.append(f" ({'expected' if finding.expected else _SEVERITY[rule.severity]})", "dim")
        console.print(line)
        for detail in (finding.detail or "").splitlines():
            console.print(Padding(Text(detail), _INDENT))
        if finding.code not in said:
            console.print(Padding(Text(f"why:  {rule.why}", "dim"), _INDENT))
            console.print(Padding(Text(f"cure: {rule.cure}", "dim"), _INDENT))
            said.add(finding.code)


def _where(finding: Finding) -> str:
    place = ".".join(part for part in (finding.table, finding.column) if part) or "the pipeline"
    return f"{place}, {finding.rows} row{'' if finding.rows == 1 else 's'}" if finding.rows else place


def _print_differences(console: Console, tables: Iterable[TableResult]) -> None:
    names = (("row", "left"), ("column", "left"), ("in MySQL", "left"), ("in Parquet", "left"), ("", "left"))
    for each in tables:
        table = _grid(f"Examples from {each.table}", *names)
        for difference in each.differences:
            value = (difference.mysql, difference.parquet)
            shown = ("NULL" if side is None else side if side else "''" for side in value)
            if difference.column is None:
                shown = ("missing" if side is None else "there" for side in value)
            mysql, parquet = map(Text, shown)
            table.add_row(Text(difference.key), Text(difference.column or "whole row"), mysql, parquet, difference.code)
        if table.row_count:
            console.print(table)


def _step_dict(step: StepResult) -> dict[str, Any]:
    hops = [{"name": hop.name, "seconds": round(hop.seconds, 3), "detail": hop.detail} for hop in step.hops]
    return {"step": step.step, "seconds": round(step.seconds, 3), "detail": step.detail, "hops": hops}


def _table_dict(table: TableResult) -> dict[str, Any]:
    return {
        "table": table.table,
        "mysql_rows": table.mysql_rows,
        "parquet_rows": table.parquet_rows,
        "events": table.events,
        "mismatches": table.mismatches,
        "findings": [finding.to_dict() for finding in table.findings],
        "differences": [
            {"code": d.code, "key": d.key, "column": d.column, "mysql": d.mysql, "parquet": d.parquet}
            for d in table.differences
        ],
    }
