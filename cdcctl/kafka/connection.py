"""How clients of ours reach the brokers: plain, TLS, or with IAM's tokens."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import boto3
from botocore.credentials import CredentialProvider

from cdcctl.pipeline import Kafka

_CONNECT_SECONDS = 3.0


def client_settings(kafka: Kafka, session: boto3.Session, region: str) -> dict[str, Any]:
    """Settings of a librdkafka client.

    IAM is spoken as OAUTHBEARER with a signed token (aws-msk-iam-sasl-signer), as AWS has it for clients without Java.
    """
    # librdkafka would print what we raise.
    settings: dict[str, Any] = {"bootstrap.servers": kafka.bootstrap_servers, "log_level": 0}
    if kafka.authentication == "IAM":
        settings |= {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": "OAUTHBEARER",
            "oauth_cb": _token_source(session, region),
        }
    elif kafka.encryption == "TLS":
        settings["security.protocol"] = "SSL"
    return settings


def unreachable(kafka: Kafka) -> str | None:
    """Why no broker can be reached from here, or None when one accepts connections.

    Asked first, because librdkafka tells no reason and takes its whole time: brokers of MSK mostly have private
    addresses, which a machine outside the VPC cannot reach.
    """
    if not kafka.bootstrap_servers:
        return "their addresses are not known"
    reason = ""
    for server in kafka.bootstrap_servers.split(","):
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
        except OSError as error:
            reason = reason or f"{server}: {error.strerror or error}"
        else:
            return None
    return reason


def _token_source(session: boto3.Session, region: str) -> Callable[[str], tuple[str, float]]:
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    # The signer asks for an instance of botocore's class; botocore may have types here or not.
    provider = type("SessionCredentials", (CredentialProvider,), {"load": lambda _: session.get_credentials()})

    def token(_configuration: str) -> tuple[str, float]:
        made, expires_ms = MSKAuthTokenProvider.generate_auth_token_from_credentials_provider(region, provider())
        return made, expires_ms / 1000

    return token
