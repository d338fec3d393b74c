"""The outcome of a scenario as data; cdcctl.verify.reports makes text, pages and files of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cdcctl.errors import EXIT_DIFFERENCES, EXIT_FINE
from cdcctl.verify.findings import Finding
from cdcctl.verify.results import TableResult

if TYPE_CHECKING:
    from cdcctl.verify.schemas import SchemaResult


@dataclass(frozen=True)
class Hop:
    """One stretch of the way in one step, such as "MySQL → Kafka", and how long it took."""

    name: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class StepResult:
    """A step that was done, in the words of the scenario.

    :ivar codes: of the components that gave up in it, and were restarted.
    """

    step: str
    seconds: float
    detail: str = ""
    hops: tuple[Hop, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything a run showed.

    :param findings: what was found beside the tables' rows: connectors, registries, offsets, dead letters.
    :param cured: findings of before a backfill that are gone after it.
    :param unmet: expectations of the scenario that did not come true.
    :param heals: statements that have rows sent again, where that heals what was found.
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
    heals: tuple[str, ...] = ()
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
            **({"heals": list(self.heals)} if self.heals else {}),
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

    @property
    def verdict(self) -> str:
        """What it all comes to, in a sentence."""
        total = f" ({self.seconds['total']:.1f} s)" if "total" in self.seconds else ""
        if not self.ok:
            return f"✗ {self.scenario}: {self._blame()}{total}"
        if self.failed_as_expected:
            codes = ", ".join(finding.code for finding in self.findings if finding.expected)
            return f"✓ {self.scenario}: the pipeline stopped, as it should ({codes}){total}"
        known = sum(finding.expected for table in self.tables for finding in table.findings)
        equal = "what is in MySQL is what is in Parquet"
        also = f", except for {known} known difference{'s' if known > 1 else ''} named here" if known else ""
        return f"✓ {self.scenario}: {equal}{also}{total}"

    @property
    def news(self) -> list[Finding]:
        """Everything found that a reader wants to know of; of a run that had to stop, only what stopped it."""
        of_tables = [] if self.failed_as_expected else [f for table in self.tables for f in table.findings]
        return [*self.findings, *of_tables]

    def _blame(self) -> str:
        way = [finding for finding in self.findings if not finding.expected and finding.rule.severity != "note"]
        if way:
            return "; ".join(dict.fromkeys(finding.rule.title for finding in way))
        if different := sum(table.mismatches for table in self.tables):
            return f"{different} difference{'s' if different > 1 else ''} between MySQL and Parquet"
        return "not what the scenario expects"


def _step_dict(step: StepResult) -> dict[str, Any]:
    hops = [{"name": hop.name, "seconds": round(hop.seconds, 3), "detail": hop.detail} for hop in step.hops]
    told = {"codes": list(step.codes)} if step.codes else {}
    return {"step": step.step, "seconds": round(step.seconds, 3), "detail": step.detail, "hops": hops, **told}


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
