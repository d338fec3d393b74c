"""The worker configuration shared by the connectors of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import javaproperties

from cdcctl.pipeline import AivenS3Sink, Pipeline
from cdcctl.render import names
from cdcctl.render.settings import laid_over

SECRETS_PROVIDER_CLASS = "com.amazonaws.kafka.config.providers.SecretsManagerConfigProvider"
# Name in references → class. Those of AWS have to be in the plugin and take the region.
AWS_PROVIDERS = {
    "secretsmanager": SECRETS_PROVIDER_CLASS,
    "ssm": "com.amazonaws.kafka.config.providers.SsmParamStoreConfigProvider",
    "s3import": "com.amazonaws.kafka.config.providers.S3ImportConfigProvider",
}
_KAFKAS_PROVIDERS = {"env": "org.apache.kafka.common.config.provider.EnvVarConfigProvider"}
_REFERENCE = re.compile(r"\$\{(\w+):")


def worker_properties(pipeline: Pipeline, region: str, configs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the worker properties, keys sorted; only keys that MSK Connect accepts.

    Source: MSK guide, "Supported worker configuration properties".

    :param configs: the connectors' configurations; their references say which config providers are needed.
    """
    properties = {
        # Both are required; every connector of ours names its own.
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.topic": names.offset_topic(pipeline),
        # The time until a source's offsets, and a sink's, are safe. Aiven's sink writes its files just then.
        "offset.flush.interval.ms": "60000" if _writes_at_each_flush(pipeline) else "10000",
        **_providers(references(configs), region),
    }
    return laid_over(properties, pipeline.worker.properties)


def references(configs: Iterable[Mapping[str, str]]) -> set[str]:
    """Names of the known config providers that some value refers to."""
    known = {**AWS_PROVIDERS, **_KAFKAS_PROVIDERS}
    return {
        name for config in configs for value in config.values() for name in _REFERENCE.findall(value)
    } & known.keys()


def _writes_at_each_flush(pipeline: Pipeline) -> bool:
    return any(isinstance(sink, AivenS3Sink) for sink in pipeline.sinks.values())


def _providers(used: set[str], region: str) -> dict[str, str]:
    if not used:
        return {}
    config = {"config.providers": ",".join(sorted(used))}
    for name in used:
        config[f"config.providers.{name}.class"] = {**AWS_PROVIDERS, **_KAFKAS_PROVIDERS}[name]
        if name in AWS_PROVIDERS:
            config[f"config.providers.{name}.param.region"] = region
    return config


def to_text(properties: dict[str, str]) -> str:
    """Write properties as ``java.util.Properties`` reads them: ASCII, one a line, in the order given."""
    return javaproperties.dumps(properties, timestamp=None)
