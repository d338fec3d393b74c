"""The MSK cluster, and what MSK Connect needs to run connectors beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from cdcctl.pipeline.base import Bucket, Capacity, Credentials, Model, Properties, RawProperties, RoleArn


class Kafka(Model):
    """The MSK cluster."""

    cluster_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster/[^/]+/[^/]+$",
        description="cluster whose brokers are looked up where bootstrap_servers are not given",
    )
    bootstrap_servers: str = Field("", description="host:port, comma-separated")
    authentication: Literal["IAM", "SASL_SCRAM", "MTLS", "NONE"] = Field(
        "IAM", description="MSK Connect's workers know IAM and NONE; the others are for Connect clusters of your own"
    )
    encryption: Literal["TLS", "PLAINTEXT"] = "TLS"
    credentials: Credentials | None = Field(None, description="SASL_SCRAM: user and password")
    properties: Properties = Field(
        default_factory=dict,
        description="raw settings of the connectors' own Kafka clients, such as ssl.keystore.location for MTLS",
    )
    subnets: list[str] = Field(min_length=1)
    security_groups: list[str] = Field(default_factory=list)

    @field_validator("bootstrap_servers")
    @classmethod
    def _host_and_port(cls, servers: str) -> str:
        names = [server.strip() for server in servers.split(",")] if servers else []
        for server in names:
            if not re.fullmatch(r"[A-Za-z0-9_.\-\[\]:]+:\d{1,5}", server):
                raise ValueError(f"{server!r} is not host:port")
        return ",".join(names)

    @model_validator(mode="after")
    def _consistent(self) -> Kafka:
        if not (self.bootstrap_servers or self.cluster_arn):
            raise ValueError("bootstrap_servers is missing, and no cluster_arn to look them up")
        if self.authentication in ("IAM", "MTLS") and self.encryption != "TLS":
            raise ValueError(f"{self.authentication} authentication needs encryption: TLS")
        if (self.authentication == "SASL_SCRAM") != (self.credentials is not None):
            raise ValueError("authentication: SASL_SCRAM and credentials go together")
        return self


class LogsToS3(Model):
    """Delivery of the workers' logs to S3."""

    bucket: Bucket
    prefix: str | None = Field(None, min_length=1)


class Logs(Model):
    """Delivery of the workers' logs. The service has no other setting, such as a level."""

    cloudwatch: bool = Field(True, description="to the log group; cdcctl reads the causes of failures there")
    s3: LogsToS3 | None = None
    firehose: str | None = Field(None, min_length=1, max_length=64, description="name of a Firehose delivery stream")


class Connect(Model):
    """What MSK Connect needs beside the connectors' own configurations."""

    role_arn: RoleArn = Field(description="service execution role")
    version: str = Field("3.7.x", pattern=r"^\d+\.\d+(\.(\d+|x))?$", description="Kafka Connect: 3.7.x or 2.7.1")
    capacity: Capacity = Capacity()
    network: Literal["IPV4", "DUAL"] = "IPV4"
    log_group: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9_#./-]{1,512}$", description="CloudWatch log group; default: /cdcctl/<name>"
    )
    logs: Logs = Logs()
    plugin_bucket: Bucket = Field(description="bucket that takes the plugin ZIPs")
    secrets_provider: Path | None = Field(
        None, description="ZIP or JAR with the config provider for Secrets Manager and SSM, added to the plugins"
    )


class Worker(Model):
    """The worker configuration."""

    offset_topic: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9._-]{1,249}$", description="topic of source offsets; default: NAME-connect-offsets"
    )
    properties: RawProperties = Field(
        default_factory=dict, description="worker properties, laid over the defaults; null: not that one"
    )
