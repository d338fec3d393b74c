"""What a list of brokers tells about how clients have to connect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cdcctl.lint.configuration import Configuration
from cdcctl.lint.rule import Edit

Security = Literal["PLAINTEXT", "TLS", "SCRAM", "IAM"]

# MSK developer guide, "Port information": inside the VPC, and with public access.
_PORTS: dict[str, Security] = {
    **dict.fromkeys(("9092",), "PLAINTEXT"),
    **dict.fromkeys(("9094", "9194"), "TLS"),
    **dict.fromkeys(("9096", "9196"), "SCRAM"),
    **dict.fromkeys(("9098", "9198"), "IAM"),
}
IAM_SETTINGS = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "AWS_MSK_IAM",
    "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
    "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
}


def security_of(bootstrap_servers: str) -> Security | None:
    """How these brokers are reached, by their ports; None where that is not certain.

    9098 is MSK's alone. The others say something only of brokers that are MSK's by name.
    """
    found = set()
    for server in bootstrap_servers.split(","):
        host, _, port = server.strip().rpartition(":")
        security = _PORTS.get(port)
        if security != "IAM" and not (".kafka" in host and ".amazonaws.com" in host):
            return None
        found.add(security)
    return found.pop() if len(found) == 1 else None


def missing_settings(config: Configuration, prefix: str, security: Security) -> dict[str, str]:
    """Settings, without the prefix, that a client of these brokers lacks; empty where it has what it needs."""
    protocols = {"TLS": ("SSL",), "SCRAM": ("SASL_SSL",), "IAM": ("SASL_SSL",), "PLAINTEXT": ("", "PLAINTEXT")}
    own = config.below(prefix)
    if own.get("security.protocol", "") not in protocols[security]:
        return IAM_SETTINGS if security == "IAM" else {"security.protocol": protocols[security][0]}
    if security == "IAM":
        return {key: value for key, value in IAM_SETTINGS.items() if not own.get(key)}
    return {}


def edits(prefix: str, settings: dict[str, str]) -> Iterator[Edit]:
    """The edits that give a client these settings."""
    for key, value in settings.items():
        yield Edit(f"{prefix}{key}", value)
