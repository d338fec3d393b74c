"""What a plugin's ZIP adds to the judgement: versions, and what is known to fail."""

from __future__ import annotations

from lint_cases import Case

from cdcctl.lint.run import Facts, judge
from cdcctl.plugins.inspection import Inspection, JarFacts
from cdcctl.plugins.jar import Artifact
from cdcctl.plugins.plugin_classes import PluginClass
from cdcctl.plugins.plugin_findings import PluginFinding

CONVERTER = "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"


def plugin(connector: str, version: str, *found: PluginFinding, artifacts: tuple[str, ...] = ()) -> Inspection:
    """A plugin as ``cdcctl plugin inspect`` describes it; what that reads from jars is tested there."""
    classes = (
        PluginClass("org.apache.kafka.connect.sink.SinkConnector", connector, "a.jar", version, declared=True),
        PluginClass("org.apache.kafka.connect.storage.Converter", CONVERTER, "b.jar", "1.1.9", declared=False),
    )
    jars = tuple(
        JarFacts(f"{name}.jar", 1, Artifact("software.amazon.msk", name, "1.0"), (), 1, 11, False) for name in artifacts
    )
    return Inspection("p", version, jars, classes, (), 11, found)


CONFLUENT = "io.confluent.connect.s3.S3SinkConnector"
MYSQL = "io.debezium.connector.mysql.MySqlConnector"


def codes(kind: str, inspected: Inspection, **more: str) -> list[str]:
    return [each.code for each in judge(Case("", 0, True, {kind: more}).configurations, Facts(plugins=(inspected,)))]


def test_findings_of_the_plugin_are_findings_of_its_connector() -> None:
    error = PluginFinding("PLG010", "error", "it fails", "do this")
    warning = PluginFinding("PLG004", "warning", "it may fail", "do that")
    note = PluginFinding("PLG007", "note", "know it")
    assert codes("confluent", plugin(CONFLUENT, "12.1.9", error, warning, note)) == ["CDC249", "CDC250"]
    assert codes("confluent", plugin(CONFLUENT, "12.1.9")) == []
    assert codes("aiven", plugin(CONFLUENT, "12.1.9", error, warning)) == []


def test_iams_classes() -> None:
    assert codes("confluent", plugin(CONFLUENT, "12.1.9", artifacts=("aws-msk-iam-auth",))) == ["CDC251"]


def test_versions_come_from_the_plugin() -> None:
    newer = {"ddl.parser.type": "legacy", "value.converter.assumeRoleArn": "arn"}
    assert codes("source", plugin(MYSQL, "3.0.8.Final"), **newer) == ["CDC105", "CDC003"]
    assert codes("source", plugin(MYSQL, "3.6.1.Final"), **newer) == ["CDC105"]
