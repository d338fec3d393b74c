"""The worker configuration shared by the connectors of a pipeline."""

from __future__ import annotations

import javaproperties

from cdcctl.pipeline import Pipeline
from cdcctl.render import names

SECRETS_PROVIDER = "secretsmanager"
SECRETS_PROVIDER_CLASS = "com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider"


def worker_properties(pipeline: Pipeline, region: str) -> dict[str, str]:
    """Return the worker properties, keys sorted; only keys that MSK Connect accepts.

    Source: MSK guide, "Supported worker configuration properties".
    """
    properties = {
        # Both are required; every connector of ours names its own.
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.topic": names.offset_topic(pipeline),
        # The time until a source's offsets, and a sink's, are safe.
        "offset.flush.interval.ms": "10000",
        "config.providers": SECRETS_PROVIDER,
        f"config.providers.{SECRETS_PROVIDER}.class": SECRETS_PROVIDER_CLASS,
        f"config.providers.{SECRETS_PROVIDER}.param.region": region,
    }
    properties.update(pipeline.worker.properties)
    return dict(sorted(properties.items()))


def to_text(properties: dict[str, str]) -> str:
    """Write properties as ``java.util.Properties`` reads them: ASCII, one a line, in the order given."""
    return javaproperties.dumps(properties, timestamp=None)
