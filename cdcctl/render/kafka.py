"""How clients reach the brokers, and how references to secrets are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cdcctl.pipeline import Credentials, Kafka
from cdcctl.render.settings import Found

_SECRET = re.compile(r"\$\{secretsmanager:(?P<place>[^:}]+):(?P<key>[^:}]+)\}")
_PARAMETER = re.compile(r"\$\{ssm::(?P<place>[^:}]+)/(?P<key>[^:/}]+)\}")
_VARIABLE = re.compile(r"\$\{env:(?P<place>[A-Za-z_]\w*)_(?P<key>[A-Z0-9]+)\}")
_PLACES = {"secret": _SECRET, "ssm": _PARAMETER, "environment": _VARIABLE}
_SCRAM_LINE = re.compile(
    r'.*ScramLoginModule\s+required\s+username="(?P<user>[^"]*)"\s+password="(?P<password>[^"]*)"\s*;'
)


def secret_reference(secret: str, key: str) -> str:
    """A reference that the worker's config provider resolves; the value itself never passes through here."""
    return f"${{secretsmanager:{secret}:{key}}}"


def user_and_password(credentials: Credentials) -> tuple[str, str]:
    """References to a user's name and password, for the config provider of the place that holds them.

    Forms: ``${secretsmanager:NAME:key}`` and ``${ssm::PATH}`` of AWS's config providers, ``${env:NAME}`` of Kafka's.
    """
    keys = credentials.username_key, credentials.password_key
    if credentials.secret:
        user, password = (secret_reference(credentials.secret, key) for key in keys)
    elif credentials.ssm:
        user, password = (f"${{ssm::{credentials.ssm}/{key}}}" for key in keys)
    else:
        user, password = (f"${{env:{credentials.environment}_{key.upper()}}}" for key in keys)
    return user, password


def credentials_of(user: str, password: str) -> dict[str, Any] | None:
    """``credentials`` that lead to the same reference to a password, and to a user's name where it is beside it.

    None where the password is no reference of the forms above.
    """
    for kind, pattern in _PLACES.items():
        found = pattern.fullmatch(password)
        if found is None:
            continue
        beside = pattern.fullmatch(user)
        keys = {"password_key": found["key"]}
        if beside and beside["place"] == found["place"]:
            keys["username_key"] = beside["key"]
        if kind == "environment":
            keys = {name: key.lower() for name, key in keys.items()}
        usual = {"username_key": "username", "password_key": "password"}
        return {kind: found["place"], **{name: key for name, key in keys.items() if key != usual[name]}}
    return None


def client_security(kafka: Kafka) -> dict[str, str]:
    """Settings of a connector's own Kafka clients (MSK guide, Debezium source connector example)."""
    return {**_security(kafka), **kafka.properties}


def _security(kafka: Kafka) -> dict[str, str]:
    if kafka.authentication == "IAM":
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "AWS_MSK_IAM",
            "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
            "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
        }
    if kafka.credentials is not None:
        user, password = user_and_password(kafka.credentials)
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return {
            "security.protocol": "SASL_SSL" if kafka.encryption == "TLS" else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": f'{module} required username="{user}" password="{password}";',
        }
    return {"security.protocol": "SSL"} if kafka.encryption == "TLS" else {}


def security_of(clients: Sequence[Mapping[str, str]]) -> Found:
    """What the settings of a connector's own Kafka clients say, by path below ``kafka``.

    :param clients: settings of each client, at least one.
    """
    first, *others = clients
    shared = {key: value for key, value in first.items() if all(each.get(key) == value for each in others)}
    protocol, mechanism = shared.get("security.protocol", "PLAINTEXT"), shared.get("sasl.mechanism", "")
    found: Found = {("encryption",): "TLS" if protocol.endswith("SSL") else "PLAINTEXT"}
    own = {"security.protocol"}
    if mechanism in ("AWS_MSK_IAM", "SCRAM-SHA-512"):
        own |= {"sasl.mechanism", "sasl.jaas.config"}
    if mechanism == "AWS_MSK_IAM":
        found[("authentication",)] = "IAM"
        own.add("sasl.client.callback.handler.class")
    elif mechanism == "SCRAM-SHA-512":
        line = _SCRAM_LINE.fullmatch(shared.get("sasl.jaas.config", ""))
        found[("authentication",)] = "SASL_SCRAM"
        found[("credentials",)] = credentials_of(line["user"], line["password"]) if line else None
    else:
        if protocol.startswith("SASL"):
            # A mechanism that the file has no word for: properties have all of it.
            own.clear()
        found[("authentication",)] = "MTLS" if any(key.startswith("ssl.keystore.") for key in shared) else "NONE"
    raw = {key: value for key, value in shared.items() if key not in own}
    return {**found, ("properties",): raw} if raw else found
