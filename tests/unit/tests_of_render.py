"""What the tests of rendering share."""

from __future__ import annotations

from typing import Any

REGION = "eu-central-1"
# All but the sinks.
BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "tables": ["a.b"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}
