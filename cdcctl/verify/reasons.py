"""Why a connector has stopped, told from the last lines of its log: the reasons that have a code of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cdcctl.verify.findings import Finding, code_of

# Slug → what the log says then; the first that fits counts, so the more telling ones stand first.
_SIGNS = {
    "statement-unparseable": r"ParsingException|DDL statement couldn't be parsed|no viable alternative at input",
    "binlog-purged": r"no longer available on the server|Could not find first log file|[Cc]annot replicate because the "
    r"(?:source|master) purged",
    "type-refused": r"Cannot convert to \w+: |NumberFormatException",
    "registry-gave-up": r"AWSSchemaRegistryException|GlueException|schemaregistry\.\w+.*(?:Throttl|Rate exceeded)",
    "storage-gave-up": r"S3Exception|NoSuchBucket|services\.s3|GlueCatalog|iceberg\.aws",
    "database-gave-up": r"CommunicationsException|Communications link failure|com\.mysql\.cj|BinaryLogClient|"
    r"ServerException",
    "brokers-gave-up": r"kafka\.common\.errors\.(?:Timeout|Network|NotLeader|Disconnect|KafkaStorage|Producer|"
    r"Transactional|InvalidTxn)|TimeoutException|Expiring \d+ record",
}
_COMPILED = {slug: re.compile(pattern) for slug, pattern in _SIGNS.items()}


def reasons(stopped: Iterable[Finding]) -> list[Finding]:
    """For each connector that has stopped for a reason with a code, a finding with that code."""
    found = []
    for each in stopped:
        slug = next((slug for slug, pattern in _COMPILED.items() if pattern.search(each.detail or "")), None)
        if slug:
            found.append(Finding(code_of(slug), detail=each.detail))
    return found
