"""The one account of a local stack, as AWS would have it."""

from __future__ import annotations

ACCOUNT = "123456789012"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
BUCKET = "cdcctl-local"
# Holds Debezium's credentials for the stack's MySQL.
SECRET = "cdcctl/local/mysql"  # noqa: S105 - a name
