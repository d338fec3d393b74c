"""The emulated registry: metadata of versions, and tags."""

from __future__ import annotations

from typing import Any

from emulated_registry import ID, UNKNOWN_ID, Glue, refused, schema_id


class TestMetadata:
    def put(self, glue: Glue, key: str, value: str, **version: Any) -> dict[str, Any]:
        pair = {"MetadataKey": key, "MetadataValue": value}
        return dict(glue.client.put_schema_version_metadata(MetadataKeyValue=pair, **version))

    def test_life(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        noted = self.put(glue, "x-amz-meta-transport", "shop.orders", **version)
        assert (noted["VersionNumber"], noted["LatestVersion"], noted["SchemaName"]) == (1, True, "orders")
        by_number = {"SchemaId": schema_id(), "SchemaVersionNumber": {"VersionNumber": 1}}
        self.put(glue, "x-amz-meta-transport", "other", **by_number)
        self.put(glue, "team", "cdc", **by_number)
        found = glue.client.query_schema_version_metadata(**version)["MetadataInfoMap"]
        assert found["x-amz-meta-transport"]["MetadataValue"] == "other"
        others = found["x-amz-meta-transport"]["OtherMetadataValueList"]
        assert [each["MetadataValue"] for each in others] == ["shop.orders"]
        for pair in ({"MetadataKey": "team"}, {"MetadataValue": "cdc"}):
            wanted = glue.client.query_schema_version_metadata(MetadataList=[pair], **version)
            assert list(wanted["MetadataInfoMap"]) == ["team"]
        glue.client.remove_schema_version_metadata(
            MetadataKeyValue={"MetadataKey": "team", "MetadataValue": "cdc"}, **version
        )
        assert "team" not in glue.client.query_schema_version_metadata(**version)["MetadataInfoMap"]

    def test_pages(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        for key in ("a", "b", "c"):
            self.put(glue, key, "v", **version)
        first = glue.client.query_schema_version_metadata(MaxResults=2, **version)
        rest = glue.client.query_schema_version_metadata(NextToken=first["NextToken"], **version)
        assert [*first["MetadataInfoMap"], *rest["MetadataInfoMap"]] == ["a", "b", "c"]

    def test_refusals(self, glue: Glue) -> None:
        version = {"SchemaVersionId": glue.create(ID)["SchemaVersionId"]}
        self.put(glue, "k", "0", **version)
        with refused("AlreadyExistsException", "metadata key: k, metadata value: 0"):
            self.put(glue, "k", "0", **version)
        with refused("EntityNotFoundException", "Schema version metadata is not found."):
            glue.client.remove_schema_version_metadata(
                MetadataKeyValue={"MetadataKey": "k", "MetadataValue": "1"}, **version
            )
        with refused("EntityNotFoundException", "Schema version is not found."):
            self.put(glue, "k", "1", SchemaVersionId=UNKNOWN_ID)
        with refused("InvalidInputException", "MetadataKey and MetadataValue"):
            glue.client.put_schema_version_metadata(MetadataKeyValue={"MetadataKey": "k"}, **version)
        for number in range(1, 10):
            self.put(glue, "k", str(number), **version)
        with refused("ResourceNumberLimitExceededException", "Schema Version Metadata"):
            self.put(glue, "k", "10", **version)


class TestTags:
    def test_life(self, glue: Glue) -> None:
        made = glue.create(ID, Tags={"a": "1", "b": "2"})
        for arn, before in ((made["SchemaArn"], {"a": "1", "b": "2"}), (made["RegistryArn"], {})):
            assert glue.client.get_tags(ResourceArn=arn)["Tags"] == before
            glue.client.tag_resource(ResourceArn=arn, TagsToAdd={"a": "3", "c": "4"})
            glue.client.untag_resource(ResourceArn=arn, TagsToRemove=["b", "never"])
            assert glue.client.get_tags(ResourceArn=arn)["Tags"] == {"a": "3", "c": "4"}

    def test_refusals(self, glue: Glue) -> None:
        for kind, name in (("registry", "Registry"), ("schema", "Schema")):
            with refused("EntityNotFoundException", f"{name} is not found."):
                glue.client.get_tags(ResourceArn=f"arn:aws:glue:eu-west-1:123456789012:{kind}/none")
        arn = glue.create(ID, Tags={"a": "1"})["SchemaArn"]
        with refused("InvalidInputException", "New Tags cannot be empty or more than 50"):
            glue.client.tag_resource(ResourceArn=arn, TagsToAdd={str(number): "" for number in range(50)})
