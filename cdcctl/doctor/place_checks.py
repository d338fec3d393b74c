"""Whether the account has what a deployment uses: an SDK that knows the operations, buckets, registries, logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3

from cdcctl.aws.target import Target
from cdcctl.doctor.findings import Finding, fail, ok, warn
from cdcctl.pipeline import IcebergSink, Pipeline

Check = Callable[[Pipeline, Target], list[Finding]]
# Operation → members of its input that came later than the operation.
_OPERATIONS: dict[str, tuple[str, ...]] = {
    "UpdateConnector": ("connectorConfiguration", "plugins", "workerConfiguration"),
    "DescribeConnectorOperation": (),
    "PauseConnector": (),
    "ResumeConnector": (),
    "RestartConnector": (),
}


def sdk(_pipeline: Pipeline, target: Target) -> list[Finding]:
    """Operations of MSK Connect came one after the other; an old SDK refuses to send them."""
    missing = unknown(target.client("kafkaconnect").meta.service_model)
    if missing:
        told = f"boto3 {boto3.__version__} does not know {', '.join(missing)} of MSK Connect"
        return [fail(told, "pip install --upgrade 'boto3>=1.43.123'")]
    return [ok(f"boto3 {boto3.__version__} knows every operation of MSK Connect that is used")]


def unknown(model: Any) -> list[str]:
    """What is used of MSK Connect and not in botocore's model of it: ``Operation`` or ``Operation.member``."""
    missing = []
    for operation, members in _OPERATIONS.items():
        if operation not in model.operation_names:
            missing.append(operation)
            continue
        known = model.operation_model(operation).input_shape.members
        missing += [f"{operation}.{member}" for member in members if member not in known]
    return missing


def buckets(pipeline: Pipeline, target: Target) -> list[Finding]:
    """Plugins are read, and files written, in the region of the connectors (MSK Connect guide, "Plugins")."""
    found = []
    for bucket, key in _buckets(pipeline).items():
        region = target.storage.bucket_region(bucket)
        if region is None:
            found.append(fail(f"bucket {bucket} does not exist", f"create it, or name another in {key}"))
        elif region != target.region:
            told = f"bucket {bucket} is in {region}, the connectors in {target.region}"
            cure = f"name a bucket of {target.region} in {key}"
            # Only plugins must be near; files elsewhere cost time and money.
            found.append(fail(told, cure) if key == "connect.plugin_bucket" else warn(told, cure))
        else:
            found.append(ok(f"bucket {bucket} exists in {region}"))
    return found


def _buckets(pipeline: Pipeline) -> dict[str, str]:
    """Bucket → the key of the pipeline file that names it."""
    named = {}
    for name, sink in pipeline.sinks.items():
        if isinstance(sink, IcebergSink):
            named[sink.warehouse.removeprefix("s3://").partition("/")[0]] = f"sinks.{name}.warehouse"
        else:
            named[sink.bucket] = f"sinks.{name}.bucket"
    return {**named, pipeline.connect.plugin_bucket: "connect.plugin_bucket"}


def registries(pipeline: Pipeline, target: Target) -> list[Finding]:
    """Registries that are not there yet are made by deploy."""
    found = []
    for name in (pipeline.registries.keys, pipeline.registries.values):
        there = target.registry.find_registry(name)
        found.append(ok(f"registry {name} exists" if there else f"registry {name} does not exist yet; deploy makes it"))
    return found


def log_group(pipeline: Pipeline, target: Target) -> list[Finding]:
    """Without the workers' logs nobody can say why a connector failed."""
    if not pipeline.connect.logs.cloudwatch:
        told = "connect.logs.cloudwatch is false: cdcctl cannot say why a connector failed"
        return [warn(told, "set it to true")]
    group = pipeline.log_group
    there = target.logs.has_group(group)
    return [ok(f"log group {group} exists" if there else f"log group {group} does not exist yet; deploy makes it")]


CHECKS: dict[str, Check] = {"SDK": sdk, "buckets": buckets, "registries": registries, "log group": log_group}
