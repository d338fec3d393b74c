"""Whether the role may do what the connectors do, and whether their subnets lead to the services they call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.aws.network import Subnet
from cdcctl.aws.target import Target
from cdcctl.doctor.findings import Finding, fail, ok, unchecked, warn
from cdcctl.doctor.permissions import needs
from cdcctl.errors import CdcctlError, NotFoundError
from cdcctl.pipeline import Pipeline

Check = Callable[[Pipeline, Target], list[Finding]]
SERVICE = "kafkaconnect.amazonaws.com"
# What workers call, from subnets that do not lead out of the VPC (MSK Connect guide, "Internet access").
_CALLED = ("s3", "glue", "secretsmanager")
_CALLED_PERHAPS = ("sts", "logs", "kms")
_ADDRESSES = 8


def trust(pipeline: Pipeline, target: Target) -> list[Finding]:
    """MSK Connect must be able to assume the role."""
    role = pipeline.connect.role_arn
    policy = target.iam.trust(role)
    if policy is None:
        return [fail(f"role {role} does not exist", "create it (cdcctl bootstrap deploy), or correct connect.role_arn")]
    if any(_trusts(statement) for statement in _list(policy.get("Statement"))):
        return [ok(f"MSK Connect may assume role {role.rpartition('/')[2]}")]
    told = f"MSK Connect may not assume role {role.rpartition('/')[2]}"
    return [fail(told, f"allow sts:AssumeRole to the service {SERVICE} in its trust policy")]


def _trusts(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = _list(principal.get("Service")) if isinstance(principal, Mapping) else []
    return statement.get("Effect") == "Allow" and SERVICE in services


def permissions(pipeline: Pipeline, target: Target) -> list[Finding]:
    """As IAM's simulation answers. It does not see policies of the resources, nor those of the organization."""
    secret, missing_secret = _secret(pipeline, target)
    found, lacking = list(missing_secret), dict[str, list[str]]()
    for need in needs(pipeline, target.region, secret):
        denied = target.iam.denied(pipeline.connect.role_arn, need.actions, need.resource)
        if denied:
            lacking.setdefault(need.purpose, []).append(f"{', '.join(denied)} on {need.resource}")
    role = pipeline.connect.role_arn.rpartition("/")[2]
    for purpose, each in lacking.items():
        found.append(fail(f"role {role} may not {purpose}", f"allow {'; '.join(each)}"))
    if pipeline.kafka.authentication == "IAM" and not pipeline.kafka.cluster_arn:
        told = "what the role may do in Kafka could not be checked: kafka.cluster_arn is not given"
        found.append(unchecked(told, "add kafka.cluster_arn to the pipeline file"))
    return found or [ok(f"role {role} may do what the connectors do")]


def _secret(pipeline: Pipeline, target: Target) -> tuple[str | None, list[Finding]]:
    """ARN of the secret with MySQL's credentials, and what is wrong with it."""
    name = pipeline.source.credentials.secret
    if name is None:
        return None, []
    try:
        with translated(f"secret {name}"):
            return str(target.client("secretsmanager").describe_secret(SecretId=name)["ARN"]), []
    except NotFoundError:
        return None, [fail(f"secret {name} does not exist", "create it with the keys username and password")]
    except CdcctlError as error:
        return None, [unchecked(f"secret {name} could not be checked: {error.message}")]


def subnets(pipeline: Pipeline, target: Target) -> list[Finding]:
    """Every worker takes an address in one of the subnets."""
    try:
        found = target.network.subnets(pipeline.kafka.subnets)
    except NotFoundError as error:
        return [fail(f"kafka.subnets: {error.message}", "correct kafka.subnets")]
    vpcs = sorted({each.vpc for each in found})
    if len(vpcs) > 1:
        return [fail(f"kafka.subnets are in different VPCs: {', '.join(vpcs)}", "name subnets of the cluster's VPC")]
    missing = target.network.missing_security_groups(pipeline.kafka.security_groups, vpcs[0])
    if missing:
        told = f"VPC {vpcs[0]} has no security group {', '.join(missing)}"
        return [fail(told, "correct kafka.security_groups")]
    full = [each.id for each in found if each.free_addresses < _ADDRESSES]
    if full:
        told = f"fewer than {_ADDRESSES} addresses are free in {', '.join(full)}"
        return [warn(told, "name subnets with more room: each worker takes an address")]
    return [ok(f"{len(found)} subnet(s) in {vpcs[0]}")]


def endpoints(pipeline: Pipeline, target: Target) -> list[Finding]:
    """Workers have private addresses only: they reach AWS through a NAT or VPC endpoints."""
    found = target.network.subnets(pipeline.kafka.subnets)
    closed = [each for each in found if not each.leaves]
    if not closed:
        return [ok("the subnets lead out of the VPC, so every AWS service is reached")]
    return _reached(closed, target.network.endpoints(closed[0].vpc))


def _reached(closed: list[Subnet], there: set[str]) -> list[Finding]:
    names = ", ".join(each.id for each in closed)
    cure = "create VPC endpoints for them (cdcctl bootstrap makes them), or a NAT gateway"
    missing = [each for each in _CALLED if each not in there]
    if missing:
        told = f"from {names} there is no way to {', '.join(missing)}: neither a NAT nor VPC endpoints"
        return [warn(told, cure)]
    perhaps = [each for each in _CALLED_PERHAPS if each not in there]
    if perhaps:
        told = f"from {names} there is no way to {', '.join(perhaps)}, which roles, logs and encrypted data may need"
        return [warn(told, cure)]
    return [ok("the VPC has endpoints for every AWS service that the connectors call")]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


CHECKS: dict[str, Check] = {
    "role": trust,
    "permissions": permissions,
    "subnets": subnets,
    "endpoints": endpoints,
}
