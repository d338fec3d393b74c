"""The emulated schema registry with a clock of its own, called through boto3.

Responses that do not fit the service model become HTTP 500 in the protocol layer, so each call also proves that.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import make_server

from cdcctl.local.emulator.glue_registry import GlueRegistryApi
from cdcctl.local.emulator.glue_store import RegistryOptions
from cdcctl.local.emulator.protocol import AwsApplication

DEFAULT = "default-registry"
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Glue:
    """The client, the time the registry goes by, and the registry itself."""

    client: Any
    clock: Clock
    api: GlueRegistryApi

    def create(self, *fields: Any, name: str = "orders", mode: str | None = "BACKWARD", **more: Any) -> dict[str, Any]:
        compatibility = {"Compatibility": mode} if mode else {}
        definition = {"SchemaDefinition": record(*fields)} if fields else {}
        return dict(
            self.client.create_schema(SchemaName=name, DataFormat="AVRO", **compatibility, **definition, **more)
        )

    def register(self, *fields: Any, name: str = "orders") -> dict[str, Any]:
        return dict(self.client.register_schema_version(SchemaId=schema_id(name), SchemaDefinition=record(*fields)))

    def status(self, version_id: str) -> str:
        return str(self.client.get_schema_version(SchemaVersionId=version_id)["Status"])

    def describe(self, name: str = "orders") -> dict[str, Any]:
        return dict(self.client.get_schema(SchemaId=schema_id(name)))


def schema_id(name: str = "orders", registry: str = DEFAULT) -> dict[str, str]:
    return {"SchemaName": name, "RegistryName": registry}


def record(*fields: Any) -> str:
    """A definition."""
    return json.dumps({"type": "record", "name": "Value", "namespace": "shop.orders", "fields": list(fields)})


def column(name: str, kind: Any = "int", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


ID = column("ID")
NAME = column("NAME", ["null", "string"], default=None)
COUNTRY = column("COUNTRY", "string")


@contextmanager
def served(options: RegistryOptions) -> Iterator[Glue]:
    """An empty registry with these options at an endpoint of its own."""
    clock = Clock()
    api = GlueRegistryApi("eu-west-1", options, clock=clock)
    server = make_server("127.0.0.1", 0, AwsApplication("glue", api), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        client = boto3.client(
            "glue",
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, parameter_validation=False),
        )
        yield Glue(client, clock, api)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def refused(code: str, text: str) -> Iterator[None]:
    """What is within ends in this error, which says this."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert text in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == (501 if code.startswith("Unsupp") else 400)
