"""Where commands act: an AWS account and region, or an endpoint that speaks the same APIs.

Everything above this module gets its clients here and does not know which of the two it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import InvalidRegionError
from botocore.utils import validate_region_name

from cdcctl.aws.catalog import Catalog
from cdcctl.aws.cloudformation import CloudFormation
from cdcctl.aws.errors import retry_reason, translated
from cdcctl.aws.glue_registry import GlueRegistry
from cdcctl.aws.iam import Iam
from cdcctl.aws.logs import Logs
from cdcctl.aws.metrics import Metrics
from cdcctl.aws.msk import Msk
from cdcctl.aws.msk_connect import MskConnect
from cdcctl.aws.network import Network
from cdcctl.aws.storage import Storage
from cdcctl.errors import UsageError


def _nothing() -> None:
    """No local process to watch."""


def _unsaid(_text: str) -> None:
    """Nobody to tell."""


@dataclass(frozen=True)
class Target:
    """An account and region.

    :param overlay: what the place dictates about a pipeline (brokers, role, …), laid over the pipeline file.
    :param check: raises at once when a process that the place consists of has died; called in every waiting loop.
    :param poll_seconds: how long to wait between two looks at an operation under way.
    :param has_network_and_roles: subnets and roles are real, and what they do not allow is not possible.
    :param resolves_secrets: the place itself resolves ``${secretsmanager:…}``, without a provider in the plugin.
    :param say: told why a request takes longer than usual.
    """

    session: boto3.Session
    region: str
    description: str
    endpoint_url: str | None = None
    overlay: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[], None] = _nothing
    poll_seconds: float = 5.0
    resolves_secrets: bool = False
    has_network_and_roles: bool = True
    say: Callable[[str], None] = _unsaid

    def telling(self, say: Callable[[str], None]) -> Target:
        """The same place, with clients that tell why a request takes longer."""
        return replace(self, say=say)

    def client(self, service: str) -> Any:
        """A boto3 client of this place. It tries again, at growing intervals, what was throttled or not answered."""
        config = Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=5,
            read_timeout=120,
            s3={"addressing_style": "path"} if self.endpoint_url else {},
        )
        with translated(f"the {service} client"):
            made = self.session.client(service, region_name=self.region, endpoint_url=self.endpoint_url, config=config)
        made.meta.events.register_first("needs-retry.*", self._tell_of_retry)
        return made

    def _tell_of_retry(self, operation: Any, response: Any, attempts: int, **_: Any) -> None:
        """Say what botocore is about to wait for; whether it does is still its own decision."""
        reason = retry_reason(response)
        if reason:
            self.say(f"{operation.name}: {reason} (attempt {attempts}); waiting")

    @cached_property
    def principal(self) -> str:
        """ARN of whoever acts here."""
        with translated("the credentials"):
            return str(self.client("sts").get_caller_identity()["Arn"])

    @cached_property
    def account(self) -> str:
        """Number of the account."""
        return self.principal.split(":")[4]

    @cached_property
    def msk_connect(self) -> MskConnect:
        """MSK Connect."""
        return MskConnect(self.client("kafkaconnect"))

    @cached_property
    def iam(self) -> Iam:
        """IAM."""
        return Iam(self.client("iam"))

    @cached_property
    def network(self) -> Network:
        """The network, as EC2 has it."""
        return Network(self.client("ec2"))

    @cached_property
    def msk(self) -> Msk:
        """MSK."""
        return Msk(self.client("kafka"))

    @cached_property
    def cloudformation(self) -> CloudFormation:
        """CloudFormation."""
        return CloudFormation(self.client("cloudformation"))

    @cached_property
    def registry(self) -> GlueRegistry:
        """The Glue Schema Registry."""
        return GlueRegistry(self.client("glue"))

    @cached_property
    def catalog(self) -> Catalog:
        """The Glue Data Catalog."""
        return Catalog(self.client("glue"))

    @cached_property
    def storage(self) -> Storage:
        """S3 and the databases of the Glue Data Catalog."""
        return Storage(self.client("s3"), self.client("glue"), self.region)

    @cached_property
    def logs(self) -> Logs:
        """CloudWatch Logs."""
        return Logs(self.client("logs"))

    @cached_property
    def metrics(self) -> Metrics:
        """CloudWatch's metrics."""
        return Metrics(self.client("cloudwatch"))


def aws_target(profile: str | None, region: str | None) -> Target:
    """The account that the usual AWS settings lead to.

    :raises UsageError: no such profile, or no region configured, or one that cannot be.
    """
    with translated("the AWS session"):
        session = boto3.Session(profile_name=profile, region_name=region)
    if session.region_name is None:
        raise UsageError("no AWS region is configured", hint="pass --region or --profile, or use --local")
    try:
        validate_region_name(session.region_name)
    except InvalidRegionError:
        raise UsageError(f"{session.region_name!r} is no AWS region", hint="pass one, such as us-east-1") from None
    return Target(session, session.region_name, f"AWS region {session.region_name}")
