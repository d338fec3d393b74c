"""Raw properties laid over what is rendered, and tables of settings."""

from __future__ import annotations

from typing import Any

import pytest
from tests_of_render import BASE, REGION

from cdcctl.documents import Document
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink, Registries, Source, parse
from cdcctl.render import aiven_s3, confluent_s3, converter, iceberg, sink, source
from cdcctl.render.configurations import Configurations, render
from cdcctl.render.settings import ALWAYS, Setting

TABLES = [
    (Source, source.SETTINGS),
    (Registries, converter.SETTINGS),
    *((each, sink.SETTINGS) for each in (IcebergSink, ConfluentS3Sink, AivenS3Sink)),
    (IcebergSink, iceberg.SETTINGS),
    (ConfluentS3Sink, confluent_s3.SETTINGS),
    (AivenS3Sink, aiven_s3.SETTINGS),
]


def rendered(**parts: Any) -> Configurations:
    sinks = {"sink": {"warehouse": "s3://lake/w", **parts.pop("sink", {})}}
    return render(parse([Document("base", BASE), Document("sink", sinks), Document("own", parts)]), REGION)


def test_null_takes_a_rendered_property_away() -> None:
    with_it = rendered()
    without = rendered(
        source={"properties": {"max.batch.size": None}},
        sink={"properties": {"iceberg.control.topic": None}},
        worker={"properties": {"offset.flush.interval.ms": None}},
    )
    assert with_it.source.keys() - without.source.keys() == {"max.batch.size"}
    assert with_it.sink.keys() - without.sink.keys() == {"iceberg.control.topic"}
    assert with_it.worker.keys() - without.worker.keys() == {"offset.flush.interval.ms"}


def test_another_converter_has_other_options() -> None:
    json = "org.apache.kafka.connect.json.JsonConverter"
    config = rendered(source={"properties": {"key.converter": json, "key.converter.schemas.enable": False}}).source
    assert {key for key in config if key.startswith("key.converter")} == {
        "key.converter",
        "key.converter.schemas.enable",
    }
    assert config["value.converter.registry.name"] == "v"


def test_options_go_with_their_transform() -> None:
    config = rendered(source={"properties": {"transforms": "route", "transforms.route.type": "x"}}).source
    assert {key for key in config if key.startswith("transforms")} == {"transforms", "transforms.route.type"}
    chained = rendered(source={"properties": {"transforms": "unwrap,route", "transforms.route.type": "x"}}).source
    assert "transforms.unwrap.add.fields" in chained


def test_an_expression_takes_the_place_of_names() -> None:
    config = rendered(sink={"properties": {"topics.regex": "a.*"}}).sink
    assert ("topics" in config, config["topics.regex"]) == (False, "a.*")


@pytest.mark.parametrize(
    ("model", "setting"),
    [pytest.param(model, each, id=f"{model.__name__}.{each.path}") for model, table in TABLES for each in table],
)
def test_a_setting_is_of_a_key_that_there_is(model: Any, setting: Setting) -> None:
    """And what needs no words is what is in effect without them."""
    default = None
    for step in setting.path.split("."):
        model, default = (
            model.model_fields[step].annotation,
            model.model_fields[step].get_default(call_default_factory=True),
        )
        model = next((each for each in getattr(model, "__args__", ()) if hasattr(each, "model_fields")), model)
    if setting.omit not in (ALWAYS, None) and setting.path != "events.add_fields":
        assert default == setting.omit
