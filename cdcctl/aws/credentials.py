"""A user's name and password, read where the pipeline file says they are. They are kept nowhere."""

from __future__ import annotations

import json

from cdcctl.aws.errors import translated
from cdcctl.aws.target import Target
from cdcctl.errors import InputError
from cdcctl.pipeline import Credentials


def read_credentials(target: Target, credentials: Credentials) -> tuple[str, str]:
    """User and password.

    :raises InputError: they are not there, or not in the shape that the connectors need.
    """
    if credentials.secret:
        return _from_secret(target, credentials, credentials.secret)
    if credentials.ssm:
        client = target.client("ssm")
        with translated(f"parameters below {credentials.ssm}"):
            user, password = (
                client.get_parameter(Name=f"{credentials.ssm}/{key}", WithDecryption=True)["Parameter"]["Value"]
                for key in (credentials.username_key, credentials.password_key)
            )
        return str(user), str(password)
    raise InputError(
        "the credentials are in the workers' environment, which cannot be read from here",
        hint="put them into a secret of AWS Secrets Manager",
    )


def _from_secret(target: Target, credentials: Credentials, secret: str) -> tuple[str, str]:
    with translated(f"secret {secret}"):
        text = target.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString", "")
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    keys = (credentials.username_key, credentials.password_key)
    missing = [key for key in keys if not isinstance(values, dict) or key not in values]
    if missing:
        raise InputError(
            f"secret {secret} has no key {missing[0]}",
            hint=f'write it as JSON: {{"{keys[0]}": …, "{keys[1]}": …}}',
        )
    return str(values[keys[0]]), str(values[keys[1]])
