"""A client of boto3 that takes the requests a test names, checked against the service's model, and no others."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import boto3
from botocore.stub import Stubber

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def stubbed(service: str) -> tuple[Any, Stubber]:
    """The client, and what is to be asked of it."""
    client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    return client, answering(client)


def answering(client: Any) -> Stubber:
    """What a client is to be asked; it asks AWS no more."""
    stub = Stubber(client)
    stub.activate()
    return stub
