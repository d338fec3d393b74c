"""The one account of a local stack, as AWS would have it."""

from __future__ import annotations

import os

import boto3
import botocore.session

ACCOUNT = "123456789012"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
BUCKET = "cdcctl-local"
# Holds Debezium's credentials for the stack's MySQL.
SECRET = "cdcctl/local/mysql"  # noqa: S105 - a name


def session() -> boto3.Session:
    """A session of this account that the user's own AWS settings (profile, configuration files) cannot reach."""
    # Where each setting comes from: configuration file, environment variable, default. Here only from the default.
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None), **files})
    keys = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
    return boto3.Session(*keys, region_name=REGION, botocore_session=core)
