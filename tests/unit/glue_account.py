"""An account whose registry is the emulator's, and the command run in it as a user runs it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import urllib3
from aws_schema_registry.avro import AvroSchema
from aws_schema_registry.codec import encode
from typer.testing import CliRunner

from cdcctl.cli.app import app
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.glue_store import Store
from cdcctl.local.emulator.server import MOTO_RESET_PATH

PIPELINE = """\
name: shop
topic_prefix: db1
source:
  host: db.example.com
  credentials: {secret: shop/mysql}
  tables: [shop.orders]
registries: {keys: keys, values: values, compatibility: FORWARD}
sink: {type: iceberg, warehouse: s3://lake/warehouse}
kafka: {bootstrap_servers: "127.0.0.1:1", authentication: NONE, encryption: PLAINTEXT, subnets: [subnet-1]}
connect: {role_arn: "arn:aws:iam::123456789012:role/connect", plugin_bucket: plugins}
"""
ORDERS = "db1.shop.orders"


def record(*fields: Any, name: str = "Value") -> str:
    """A definition; a field is ``"NAME type"`` or a mapping."""
    trees = [
        dict(zip(("name", "type"), each.split(), strict=True)) if isinstance(each, str) else each for each in fields
    ]
    tree = {"type": "record", "name": name, "namespace": ORDERS, "fields": trees}
    return json.dumps(tree, separators=(",", ":"))


def optional(name: str, kind: str = "string") -> dict[str, Any]:
    """A field that may be null and is so by default."""
    return {"name": name, "type": ["null", kind], "default": None}


ONE = record("ID int", "NAME string")
TWO = record("ID int", "NAME string", optional("CITY"))
# BACKWARD and FULL refuse it after TWO, FORWARD takes it.
THREE = record("ID int", "NAME string", optional("CITY"), "COUNTRY string")
# FORWARD refuses it after any of these.
WITHOUT_NAME = record("ID int", "COUNTRY string")


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Account:
    """The account; ``folder`` is where the user stands."""

    endpoint: str
    folder: Path
    faults: Faults
    store: Store
    glue: Any = field(init=False)

    def __post_init__(self) -> None:
        urllib3.request("POST", self.endpoint + MOTO_RESET_PATH)
        self.glue = boto3.client(
            "glue",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        (self.folder / "pipeline.yaml").write_text(PIPELINE)

    def cdcctl(self, *arguments: Any, stdin: bytes | str | None = None) -> Done:
        """Run the command in the account's region."""
        environment = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_PROFILE": None,
        }
        result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin, env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def schema(self, *definitions: str, name: str = ORDERS, registry: str = "values", mode: str = "FORWARD") -> None:
        """Make a schema with versions."""
        if registry not in [each["RegistryName"] for each in self.glue.list_registries()["Registries"]]:
            self.glue.create_registry(RegistryName=registry)
        self.glue.create_schema(
            RegistryId={"RegistryName": registry}, SchemaName=name, DataFormat="AVRO", Compatibility=mode
        )
        for each in definitions:
            self.register(each, name, registry)

    def register(self, definition: str, name: str = ORDERS, registry: str = "values") -> dict[str, Any]:
        return dict(
            self.glue.register_schema_version(
                SchemaId={"RegistryName": registry, "SchemaName": name}, SchemaDefinition=definition
            )
        )

    def statuses(self, name: str = ORDERS, registry: str = "values") -> list[tuple[int, str]]:
        listed = self.glue.list_schema_versions(SchemaId={"RegistryName": registry, "SchemaName": name})
        return [(each["VersionNumber"], each["Status"]) for each in listed["Schemas"]]

    def describe(self, name: str = ORDERS, registry: str = "values") -> dict[str, Any]:
        return dict(self.glue.get_schema(SchemaId={"RegistryName": registry, "SchemaName": name}))

    def message(self, definition: str, value: Any, *, compressed: bool = False, registry: str = "values") -> bytes:
        """A message as the Glue serializers write it."""
        import uuid

        version = self.register(definition, registry=registry)["SchemaVersionId"]
        return bytes(encode(AvroSchema(definition).write(value), uuid.UUID(version), compressed))
