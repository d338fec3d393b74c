import json
import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.stack

CDCCTL = [sys.executable, "-c", "from cdcctl.cli.app import main; main()", "plugin"]


def plugin(*arguments: str) -> str:
    return subprocess.run([*CDCCTL, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def test_build_debezium_from_the_registry(tmp_path):
    out = tmp_path / "plugin.zip"
    built = json.loads(plugin("build", "debezium-mysql", "--json", "--out", str(out)))
    assert built["path"] == str(out)
    assert built["size"] == out.stat().st_size
    assert "debezium-connector-mysql-3.6.1.Final.jar" in built["jars"]
    assert built["jars"][-1] == "zz-schema-registry-kafkaconnect-converter-1.1.9.jar"
    assert not [jar for jar in built["jars"] if jar.startswith(("kafka-clients", "connect-api"))]
    services = built["services"]
    assert "io.debezium.connector.mysql.MySqlConnector" in services["org.apache.kafka.connect.source.SourceConnector"]
    assert (
        "com.amazonaws.services.schemaregistry.kafkaconnect.AWSKafkaAvroConverter"
        in services["org.apache.kafka.connect.storage.Converter"]
    )
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert {name.split("/")[0] for name in archive.namelist()} == {"debezium-mysql"}


def test_the_second_build_needs_no_network():
    first = json.loads(plugin("build", "debezium-mysql", "--json"))
    assert json.loads(plugin("build", "debezium-mysql", "--json", "--offline")) == first


def test_fetch_says_where_the_jars_are():
    (fetched,) = json.loads(plugin("fetch", "debezium-mysql", "--json"))["fetched"]
    assert fetched["name"] == "debezium-mysql"
    assert fetched["folder"]


def test_another_version_is_fetched_built_and_inspected(tmp_path):
    (fetched,) = json.loads(plugin("fetch", "debezium-mysql@2.7", "--lock", str(tmp_path / "lock.json"), "--json"))[
        "fetched"
    ]
    assert fetched["version"] == "2.7.4.Final"
    built = json.loads(plugin("build", str(tmp_path / "lock.json"), "--json", "--offline"))
    assert "debezium-connector-mysql-2.7.4.Final.jar" in built["jars"]
    inspected = json.loads(plugin("inspect", built["path"], "--connect-version", "2.7.1", "--json"))
    assert (inspected["version"], inspected["java"], inspected["ok"]) == ("2.7.4.Final", 11, True)
    # As ConnectPluginPath of Kafka 3.7 lists them, without Kafka's own.
    assert len({each["class"] for each in inspected["plugins"]}) == 17
    assert all(each["declared"] for each in inspected["plugins"])


def test_debezium_1_9_declares_nothing_and_its_plugin_everything():
    inspected = json.loads(plugin("inspect", "debezium-mysql@1.9", "--json"))
    assert len({each["class"] for each in inspected["plugins"]}) == 11
    assert all(each["declared"] for each in inspected["plugins"])
    folder = json.loads(plugin("fetch", "debezium-mysql@1.9", "--json"))["fetched"][0]["folder"]
    assert not any(each["declared"] for each in json.loads(plugin("inspect", folder, "--json"))["plugins"])
