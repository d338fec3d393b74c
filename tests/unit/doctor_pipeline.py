"""The pipeline for which the tests of ``cdcctl doctor`` ask what each check says of facts.

The facts themselves are asked for in tests/stack.
"""

from __future__ import annotations

from typing import Any

from cdcctl.documents import Document, merge
from cdcctl.pipeline import Pipeline, parse

DOCUMENT: dict[str, Any] = {
    "name": "shop",
    "topic_prefix": "shop",
    "source": {"host": "db", "server_id": 5400, "credentials": {"secret": "shop/mysql"}, "tables": ["shop.orders"]},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"warehouse": "s3://lake/warehouse"},
    "kafka": {
        "cluster_arn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/0a-1",
        "bootstrap_servers": "127.0.0.1:1",
        "subnets": ["subnet-1"],
    },
    "connect": {"role_arn": "arn:aws:iam::123456789012:role/shop", "plugin_bucket": "plugins"},
}


def pipeline(**more: Any) -> Pipeline:
    """It, something laid over it."""
    merged: dict[str, Any] = {}
    merge(merged, DOCUMENT)
    merge(merged, more)
    return parse([Document("pipeline.yaml", merged)])
