"""All rules. Importing this module imports every file of rules, and so registers them."""

from __future__ import annotations

from cdcctl.lint import suppression
from cdcctl.lint.rule import CHECKS, RULES, Check, Rule
from cdcctl.lint.rules import (
    aiven_s3,
    columns,
    compatibility,
    confluent_s3,
    converter,
    events,
    history,
    iceberg,
    names,
    operations,
    registry,
    security,
    snapshot,
    source,
    streaming,
    topics,
    worker,
)

OF_COLUMNS = "Columns (with --tables)"
# In the order of the documentation: heading → the module whose rules stand below it.
THEMES = {
    "Names and values": names,
    "Source": source,
    "Streaming": streaming,
    "Snapshots": snapshot,
    "Events": events,
    "Schema history": history,
    "Registries": registry,
    "Converter": converter,
    "Compatibility modes": compatibility,
    "Iceberg sink": iceberg,
    "Confluent S3 sink": confluent_s3,
    "Aiven S3 sink": aiven_s3,
    "Worker configuration": worker,
    "Security": security,
    "Topics": topics,
    "Operations": operations,
    OF_COLUMNS: columns,
    "Suppressions": suppression,
}


def rules() -> dict[str, Rule]:
    """Code → rule, in order of the codes."""
    return dict(sorted(RULES.items()))


def checks() -> dict[str, Check]:
    """Code → the function that looks, in order of the codes."""
    return dict(sorted(CHECKS.items()))


def theme_of(code: str) -> str:
    """The heading under which a rule is documented."""
    module = CHECKS[code].__module__ if code in CHECKS else suppression.__name__
    return next(heading for heading, each in THEMES.items() if each.__name__ == module)


def codes_below(heading: str) -> list[str]:
    """The codes of the rules that are documented below a heading of ``THEMES``."""
    return [code for code, check in checks().items() if check.__module__ == THEMES[heading].__name__]
