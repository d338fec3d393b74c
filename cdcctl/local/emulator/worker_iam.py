"""A connector's own Kafka clients where there is no IAM: the broker of a laptop is plain.

The connector's main clients are the worker's business. Clients that a connector makes for itself, such as Debezium's
for its schema history, are told of IAM by the connector's configuration; those keys are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

_MECHANISM = "sasl.mechanism"
_IAM = "AWS_MSK_IAM"
# Amazon MSK developer guide, "Debezium source connector".
_KEYS = (_MECHANISM, "security.protocol", "sasl.jaas.config", "sasl.client.callback.handler.class")


def without_iam(config: Mapping[str, str]) -> dict[str, str]:
    """The configuration without what makes some of its clients authenticate by IAM."""
    prefixes = [key.removesuffix(_MECHANISM) for key, value in config.items() if value == _IAM and _ends(key)]
    dropped = {prefix + key for prefix in prefixes for key in _KEYS}
    return {key: value for key, value in config.items() if key not in dropped}


def _ends(key: str) -> bool:
    return key == _MECHANISM or key.endswith(f".{_MECHANISM}")
