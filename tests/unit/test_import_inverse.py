"""What is rendered and imported again is the same pipeline: over all sinks and all versions of Debezium."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, given, settings
from pipelines import pipelines
from ruamel.yaml import YAML

from cdcctl.connector_files import ConnectorFile
from cdcctl.documents import Document
from cdcctl.importing.command import Imported, Wishes, import_all
from cdcctl.importing.given import given as take
from cdcctl.importing.yaml_text import to_yaml
from cdcctl.pipeline import Pipeline, parse
from cdcctl.render import names
from cdcctl.render.configurations import Configurations, render

REGION = "eu-central-1"
SLOWLY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def files(pipeline: Pipeline, rendered: Configurations) -> list[ConnectorFile]:
    """As they are in MSK Connect, names and all."""
    configs = [rendered.source, *rendered.sinks.values()]
    connectors = zip(names.connectors(pipeline), configs, strict=True)
    return [
        *(ConnectorFile(name, config, name) for name, config in connectors),
        ConnectorFile("worker", rendered.worker),
    ]


def imported(pipeline: Pipeline) -> tuple[Imported, Pipeline]:
    """The outcome, and what its file says when it is read."""
    found = [take(each) for each in files(pipeline, render(pipeline, REGION))]
    made = import_all(found, Wishes(debezium=pipeline.source.debezium, region=REGION))
    data: dict[str, Any] = YAML(typ="safe").load(to_yaml(made))
    return made, parse([Document("written", data)])


@SLOWLY
@given(pipelines())
def test_import_undoes_render(pipeline: Pipeline) -> None:
    made, again = imported(pipeline)
    for sink in pipeline.sinks.values():
        event(sink.type)
    assert render(again, REGION) == render(pipeline, REGION)
    # Nothing was made up, nothing kept raw that a key says.
    assert [note for note in made.notes if note.what in ("modernised", "changed", "added")] == []


@SLOWLY
@given(pipelines())
def test_a_second_time_nothing_changes(pipeline: Pipeline) -> None:
    _, once = imported(pipeline)
    _, twice = imported(once)
    assert twice == once
