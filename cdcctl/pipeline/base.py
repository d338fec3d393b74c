"""What the models of the pipeline file share: strictness, and the texts that names have to match."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from cdcctl.documents import as_text


class Model(BaseModel):
    """A part of the pipeline file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


# Connector, plugin and topic names are built from it; Kafka allows 249 characters of [a-zA-Z0-9._-].
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
# Kafka's rule for topic names (Topic.validate).
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
S3Url = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
ClassName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")]
# What is text on the wire may be written as a number or a boolean.
Text = Annotated[str, BeforeValidator(as_text, json_schema_input_type=str | bool | int | float)]
Properties = dict[str, Text]
# Of a connector or the worker. Null takes away what would be rendered.
RawProperties = dict[str, Text | None]


def _is_table(table: str) -> str:
    if not re.fullmatch(r"[^.\s,]+\.[^.\s,]+", table):
        raise ValueError(f"{table!r} is not database.table (names with dots, commas or spaces cannot be captured)")
    return _within_mysql(table)


def _is_column(column: str) -> str:
    if not re.fullmatch(r"[^.\s,]+\.[^.\s,]+\.[^.\s,:;]+", column):
        raise ValueError(f"{column!r} is not database.table.column")
    return _within_mysql(column)


def _is_database(database: str) -> str:
    if not re.fullmatch(r"[^.\s,]+", database):
        raise ValueError(f"{database!r} is not the name of a database (no dots, commas or spaces)")
    return _within_mysql(database)


def _within_mysql(name: str) -> str:
    if any(ord(char) > 0xFFFF for char in name):
        raise ValueError(f"{name!r} has a character that MySQL does not allow in names")
    return name


def _is_pattern(pattern: str) -> str:
    if "," in pattern:
        raise ValueError(f"{pattern!r}: Debezium splits lists of regular expressions at commas; write it without one")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


Table = Annotated[str, AfterValidator(_is_table), Field(examples=["shop.orders"])]
Column = Annotated[str, AfterValidator(_is_column), Field(examples=["shop.orders.note"])]
Database = Annotated[str, AfterValidator(_is_database)]
Pattern = Annotated[str, AfterValidator(_is_pattern)]


class Credentials(Model):
    """Where a user's name and password are. They are never written here."""

    secret: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$",
        description="name (not ARN) of a secret in AWS Secrets Manager with the keys below",
    )
    ssm: str | None = Field(
        None,
        pattern=r"^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$",
        description="path in the SSM Parameter Store; below it are parameters named like the keys",
    )
    environment: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="prefix of two environment variables of the worker, PREFIX_USERNAME and PREFIX_PASSWORD; "
        "not on MSK Connect, whose workers have none",
    )
    username_key: str = Field("username", pattern=r"^[A-Za-z0-9_.-]+$")
    password_key: str = Field("password", pattern=r"^[A-Za-z0-9_.-]+$")

    @model_validator(mode="after")
    def _one(self) -> Credentials:
        if sum(place is not None for place in (self.secret, self.ssm, self.environment)) != 1:
            raise ValueError("name one place: secret, ssm or environment")
        return self

    @property
    def provider(self) -> str:
        """Name of the config provider that resolves the references: secretsmanager, ssm or env."""
        return "secretsmanager" if self.secret else "ssm" if self.ssm else "env"


class Capacity(Model):
    """Capacity of one connector: provisioned, or autoscaled between two numbers of workers."""

    mcu: int = Field(
        1, description="MCUs a worker: 1, 2, 4 or 8; one is 1 vCPU and 4 GiB", json_schema_extra={"enum": [1, 2, 4, 8]}
    )
    workers: int | None = Field(None, ge=1, le=10, description="provisioned: this many workers; default: 1")
    min_workers: int | None = Field(None, ge=1, le=10, description="autoscaled: never fewer workers")
    max_workers: int | None = Field(None, ge=1, le=10, description="autoscaled: never more workers")
    scale_in_cpu: int = Field(20, ge=1, le=100, description="remove workers below this CPU utilisation in percent")
    scale_out_cpu: int = Field(80, ge=1, le=100, description="add workers above this CPU utilisation in percent")
    max_tasks: int | None = Field(None, ge=1, description="autoscaled: never more tasks, at least max_workers")

    @model_validator(mode="after")
    def _consistent(self) -> Capacity:
        if self.mcu not in (1, 2, 4, 8):
            raise ValueError(f"mcu must be 1, 2, 4 or 8 (found {self.mcu})")
        if (self.min_workers is None) != (self.max_workers is None):
            raise ValueError("min_workers and max_workers go together")
        if self.min_workers is None or self.max_workers is None:
            if self.max_tasks is not None:
                raise ValueError("max_tasks is for autoscaled capacity; give min_workers and max_workers, too")
            return self
        if self.workers is not None:
            raise ValueError("capacity is either provisioned (workers) or autoscaled (min_workers, max_workers)")
        if self.min_workers > self.max_workers:
            raise ValueError("min_workers is more than max_workers")
        if self.scale_in_cpu >= self.scale_out_cpu:
            raise ValueError("scale_in_cpu must be less than scale_out_cpu")
        if self.max_tasks is not None and self.max_tasks < self.max_workers:
            raise ValueError("max_tasks must be at least max_workers")
        return self

    @property
    def autoscaled(self) -> bool:
        """Whether MSK Connect chooses the number of workers."""
        return self.max_workers is not None

    @property
    def provisioned_workers(self) -> int:
        """The number of workers where it is fixed."""
        return self.workers or 1
