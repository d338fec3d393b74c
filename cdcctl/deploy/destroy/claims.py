"""What other connectors of the account use: it must not go, whoever made it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cdcctl.aws.connect_resources import Connector
from cdcctl.aws.target import Target
from cdcctl.errors import NotFoundError

# Properties that name topics: what is read, and what nobody else may write to.
_TOPICS = (
    "topics",
    "iceberg.control.topic",
    "errors.deadletterqueue.topic.name",
    "schema.history.internal.kafka.topic",
    "database.history.kafka.topic",
    "signal.kafka.topic",
)
_PATTERN = "topics.regex"
_TABLES = "iceberg.tables"


@dataclass(frozen=True)
class Claims:
    """Topic, pattern of topics, or table → name of a connector that uses it."""

    topics: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    def of_topic(self, topic: str) -> str | None:
        """Who uses a topic."""
        if topic in self.topics:
            return self.topics[topic]
        return next((name for pattern, name in self.patterns.items() if _matches(pattern, topic)), None)

    def of_table(self, table: str) -> str | None:
        """Who writes to an Iceberg table."""
        return self.tables.get(table)


def claims_of(target: Target, connectors: Iterable[Connector]) -> Claims:
    """Ask each of the connectors, which were only listed, what it is configured with."""
    claims = Claims({}, {}, {})
    topics, patterns, tables = dict(claims.topics), dict(claims.patterns), dict(claims.tables)
    for each in connectors:
        # It may go between the list and the description.
        with contextlib.suppress(NotFoundError):
            config = target.msk_connect.describe_connector(each.arn).configuration
            topics.update({topic: each.name for key in _TOPICS for topic in _split(config.get(key))})
            tables.update({table.lower(): each.name for table in _split(config.get(_TABLES))})
            if pattern := config.get(_PATTERN):
                patterns[pattern] = each.name
    return Claims(topics, patterns, tables)


def _split(value: str | None) -> list[str]:
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def _matches(pattern: str, topic: str) -> bool:
    try:
        return re.fullmatch(pattern, topic) is not None
    except re.error:
        # An expression of Java's that Python does not read may match anything.
        return True
