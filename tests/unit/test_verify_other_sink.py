"""cdcctl verify --sink and --plugin: a scenario with another sink than its own."""

from __future__ import annotations

import json

import pytest
from java_classes import SINK, class_entry, jar_file, pom_entry, zip_file
from typer.testing import CliRunner

from cdcctl.cli.app import app
from cdcctl.documents import Document
from cdcctl.errors import InputError, UsageError
from cdcctl.pipeline import EVERY_SINK, AivenS3Sink, ConfluentS3Sink, IcebergSink, Pipeline
from cdcctl.render import aiven_s3, confluent_s3
from cdcctl.verify.other_sink import with_sink
from cdcctl.verify.scenario import Scenario, select

PLACE = Document(
    "the place",
    {
        "source": {"host": "h", "credentials": {"secret": "s"}},
        "sinks": {
            EVERY_SINK: {
                "iceberg": {"warehouse": "s3://lake/w"},
                "confluent-s3": {"bucket": "lake"},
                "aiven-s3": {"bucket": "lake"},
            }
        },
        "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
        "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
    },
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CDCCTL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def movies() -> Scenario:
    [movies] = select(["movies"])
    return movies


@pytest.fixture
def archive(tmp_path):
    def archive(connector, version, artifact="connector"):
        path = tmp_path / f"{artifact}.zip"
        jar = jar_file(class_entry(connector, SINK), pom_entry("g", artifact, version))
        path.write_bytes(zip_file(**{f"{artifact}-{version}.jar": jar}))
        return path

    return archive


def pipeline_of(scenario: Scenario) -> Pipeline:
    return scenario.pipeline([PLACE])


@pytest.mark.parametrize("version", ["10.5.23", "12.1.9"])
def test_confluents_sink_takes_the_place_of_the_scenarios_own(movies, archive, version):
    path = archive(confluent_s3.CONNECTOR_CLASS, version, "kafka-connect-s3")
    pipeline = pipeline_of(with_sink(movies, "confluent-s3", path))
    [sink] = pipeline.sinks.values()
    assert isinstance(sink, ConfluentS3Sink)
    assert (sink.plugin, sink.version) == (path, version.rpartition(".")[0])
    assert sink.rotation.schedule_ms == 1000
    assert not [key for key in sink.properties if key.startswith("iceberg.")]
    assert pipeline.source == pipeline_of(movies).source
    assert isinstance(pipeline_of(movies).sink, IcebergSink), "the scenario itself is as it was"


def test_a_version_that_the_pipeline_file_does_not_know_is_left_to_the_default(movies, archive):
    path = archive(aiven_s3.CONNECTOR_CLASS, "9.9.9")
    sink = pipeline_of(with_sink(movies, "aiven-s3", path)).sink
    assert isinstance(sink, AivenS3Sink)
    assert sink.version == AivenS3Sink.model_fields["version"].default


def test_iceberg_needs_no_archive(movies):
    assert isinstance(pipeline_of(with_sink(movies, "iceberg", None)).sink, IcebergSink)


def test_a_sink_can_be_a_users_own_file(movies, tmp_path, archive):
    path = archive(confluent_s3.CONNECTOR_CLASS, "12.1.9")
    (tmp_path / "mine.yaml").write_text("sink: {type: confluent-s3, prefix: mine, rotation: {records: 7}}\n")
    sink = pipeline_of(with_sink(movies, str(tmp_path / "mine.yaml"), path)).sink
    assert isinstance(sink, ConfluentS3Sink)
    assert (sink.prefix, sink.rotation.records) == ("mine", 7)


def test_a_mistake_in_a_users_own_file_is_told_with_its_place(movies, tmp_path, archive):
    file = tmp_path / "mine.yaml"
    file.write_text("sink:\n  type: confluent-s3\n  prefixx: mine\n")
    changed = with_sink(movies, str(file), archive(confluent_s3.CONNECTOR_CLASS, "12.1.9"))
    with pytest.raises(InputError) as caught:
        pipeline_of(changed)
    assert any("prefixx: unknown key; did you mean 'prefix'?" in line for line in caught.value.details)


def test_an_archive_without_the_sinks_connector_is_an_input_error(movies, archive):
    with pytest.raises(InputError, match="does not hold io") as caught:
        with_sink(movies, "aiven-s3", archive(confluent_s3.CONNECTOR_CLASS, "12.1.9"))
    assert caught.value.hint == f"it holds {confluent_s3.CONNECTOR_CLASS}"


@pytest.mark.parametrize("kind", ["confluent-s3", "aiven-s3"])
def test_a_sink_that_does_not_come_with_cdcctl_needs_its_archive(movies, kind):
    with pytest.raises(UsageError, match="does not come with cdcctl"):
        with_sink(movies, kind, None)


@pytest.mark.parametrize(("word", "hint"), [("confluent", "confluent-s3"), ("x", "aiven-s3, confluent-s3, iceberg")])
def test_an_unknown_sink_is_answered_with_those_there_are(movies, word, hint):
    with pytest.raises(InputError, match="there is no sink") as caught:
        with_sink(movies, word, None)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["[]", "sink: 5", "", "sink: {type: ["])
def test_a_file_that_is_no_sink_is_an_input_error(movies, tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError):
        with_sink(movies, str(tmp_path / "mine.yaml"), None)


def test_the_command_says_what_is_missing():
    done = CliRunner().invoke(app, ["verify", "movies", "--plugin", "x.zip"])
    assert (done.exit_code, "--plugin is the archive of --sink" in done.stderr) == (2, True)
    done = CliRunner().invoke(app, ["verify", "movies", "--sink", "confluent-s3"])
    assert (done.exit_code, "name it with --plugin" in done.stderr) == (2, True)
    done = CliRunner().invoke(app, ["verify", "movies", "--sink", "confluent-s3", "--plugin", json.dumps("no.zip")])
    assert (done.exit_code, "there is no file" in done.stderr) == (3, True)
