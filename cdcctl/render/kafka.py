"""How clients reach the brokers, and how references to secrets are written."""

from __future__ import annotations

from cdcctl.pipeline import Credentials, Kafka


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
