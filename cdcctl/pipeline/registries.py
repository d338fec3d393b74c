"""The Glue schema registries, and what the converter does with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from cdcctl.pipeline.base import ClassName, Model, Properties, RoleArn, Table

CompatibilityMode = Literal[
    "NONE", "DISABLED", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL"
]
# The name pattern of a Glue registry (API_CreateRegistry).
RegistryName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_$#.-]{1,255}$")]


class Registries(Model):
    """The Glue registries. Keys and values need one each: in one registry both would be versions of one schema."""

    keys: RegistryName = Field(description="registry of the keys' schemas")
    values: RegistryName = Field(description="registry of the values' schemas")
    compatibility: CompatibilityMode = Field("FORWARD", description="of a schema when it is created")
    compatibility_by_table: dict[Table, CompatibilityMode] = Field(
        default_factory=dict, description="database.table: another mode; deploy creates these schemas beforehand"
    )
    auto_register: bool = Field(True, description="the converter registers schemas and versions it meets")
    schema_name: RegistryName | None = Field(
        None, description="name of the one captured table's schemas; default: the topic's name"
    )
    naming_class: ClassName | None = Field(
        None, description="class that names schemas (AWSSchemaNamingStrategy); must be in the plugin"
    )
    cache_size: int | None = Field(None, ge=1, description="schema versions that a converter remembers; default: 200")
    cache_ttl_ms: int | None = Field(None, ge=1, description="for this long; default: 86400000, a day")
    compression: Literal["NONE", "ZLIB"] = Field("NONE", description="of each record's bytes")
    metadata: bool = Field(
        True, description="keep Connect's metadata in schemas (connect.meta.data): without, fewer versions, types lost"
    )
    role_arn: RoleArn | None = Field(None, description="role that the converter assumes for the registries")
    region: str | None = Field(
        None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="region of the registries; default: the pipeline's"
    )
    properties: Properties = Field(
        default_factory=dict, description="raw converter properties, without the key.converter. or value.converter."
    )

    @model_validator(mode="after")
    def _two(self) -> Registries:
        if self.keys == self.values:
            raise ValueError(
                "keys and values name the same registry: the converter gives key and value of a topic the same schema "
                "name there, and the second is refused; name two registries"
            )
        if self.schema_name and self.naming_class:
            raise ValueError("schema_name and naming_class exclude each other")
        return self
