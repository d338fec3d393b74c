"""The outputs of the stack as a pipeline overlay: what a pipeline file says about its place."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from cdcctl.aws.cloudformation import Stack
from cdcctl.aws.target import Target
from cdcctl.errors import InputError
from cdcctl.pipeline import EVERY_SINK
from cdcctl.pipeline.sinks import AIVEN_S3, CONFLUENT_S3, ICEBERG


def overlay(target: Target, stack: Stack) -> dict[str, Any]:
    """A document to be laid over a pipeline file. Outputs that the stack lacks leave their keys out.

    :raises InputError: the stack has none of these outputs.
    """
    out = stack.outputs
    document: dict[str, Any] = {
        "source": {
            "host": out.get("DatabaseHost"),
            "port": int(out["DatabasePort"]) if out.get("DatabasePort") else None,
            "credentials": {"secret": out.get("DatabaseSecretName")},
        },
        "registries": {"keys": out.get("KeyRegistry"), "values": out.get("ValueRegistry")},
        "sinks": {EVERY_SINK: _sinks(out)},
        "kafka": _kafka(target, out),
        "connect": {
            "role_arn": out.get("RoleArn"),
            "plugin_bucket": out.get("Bucket"),
            "log_group": out.get("LogGroup"),
        },
    }
    known: dict[str, Any] = _without_gaps(document)
    if not known:
        raise InputError(
            f"stack {stack.name} has no outputs that a pipeline could use",
            hint="was it made of another template? its outputs need the names of those in bootstrap.yaml",
        )
    return known


def to_yaml(document: Mapping[str, Any]) -> str:
    """As a file for ``-f``."""
    stream = io.StringIO()
    YAML().dump(dict(document), stream)
    return stream.getvalue()


def _sinks(out: Mapping[str, str]) -> dict[str, Any]:
    """Where sinks of each type write: into the one folder of the bucket that the role may write to."""
    warehouse, bucket = out.get("Warehouse"), out.get("Bucket")
    if not warehouse or not bucket:
        return {}
    folder = warehouse.removeprefix(f"s3://{bucket}/")
    return {
        ICEBERG: {"warehouse": warehouse},
        CONFLUENT_S3: {"bucket": bucket, "prefix": folder},
        AIVEN_S3: {"bucket": bucket, "prefix": f"{folder}/"},
    }


def _kafka(target: Target, out: Mapping[str, str]) -> dict[str, Any]:
    arn = out.get("ClusterArn")
    if not arn:
        return {}
    return {
        "cluster_arn": arn,
        "bootstrap_servers": target.msk.bootstrap_servers(arn, "IAM", "TLS"),
        "authentication": "IAM",
        "encryption": "TLS",
        "subnets": out["SubnetIds"].split(",") if out.get("SubnetIds") else None,
        "security_groups": [out["SecurityGroupId"]] if out.get("SecurityGroupId") else None,
    }


def _without_gaps(value: Any) -> Any:
    """Without keys that have no value, and without mappings that have no keys."""
    if not isinstance(value, dict):
        return value
    inner = {key: _without_gaps(each) for key, each in value.items()}
    return {key: each for key, each in inner.items() if each is not None and each != {}}
