"""Configurations in the forms people keep them in come out as the same properties."""

from __future__ import annotations

import json

import javaproperties
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cdcctl.connector_files import parse_connector_files, read_connector_files
from cdcctl.errors import InputError

CONFIG = {"connector.class": "a.B", "tasks.max": "1", "transforms": "x,y", "name": "movies"}


def only(text: str | bytes, name: str = "source.json"):
    (found,) = parse_connector_files(text.encode() if isinstance(text, str) else text, name)
    return found


@pytest.mark.parametrize(
    "document",
    [
        CONFIG,
        {**CONFIG, "tasks.max": 1},
        {"name": "movies", "config": CONFIG},
        [{"name": "movies", "config": CONFIG, "tasks": [], "type": "source"}],
        {"connectorName": "movies", "connectorConfiguration": CONFIG},
        {"movies": {"info": {"name": "movies", "config": CONFIG}}},
    ],
    ids=["plain", "number", "rest", "list", "msk", "expanded"],
)
def test_every_form_of_json(document):
    found = only(json.dumps(document, indent=2))
    assert found.config == CONFIG
    assert found.connector == "movies"


def test_properties():
    found = only(
        "# a comment\nconnector.class = a.B\ntasks.max:1\ntransforms=x,\\\n   y\nname=movies\n", "a.properties"
    )
    assert found.config == CONFIG
    assert found.connector == "movies"
    assert found.lines == {"connector.class": 2, "tasks.max": 3, "transforms": 4, "name": 6}


def test_lines_of_json():
    found = only(
        '{\n  "connectorName": "m",\n  "connectorConfiguration": {\n    "connector.class": "a.B",\n    "x": 1}}'
    )
    assert found.lines == {"connector.class": 4, "x": 5}


def test_what_stands_around_the_configuration_is_kept():
    found = only(json.dumps({"connectorConfiguration": CONFIG, "connectorName": "m", "kafkaConnectVersion": "3.7.x"}))
    assert found.around == {"connectorName": "m", "kafkaConnectVersion": "3.7.x"}


def test_values_become_text_as_written():
    found = only('{"a": true, "b": 1.50, "c": null, "d": " x ", "e": 1e3}')
    assert found.config == {"a": "true", "b": "1.50", "d": "x", "e": "1e3"}


def test_the_last_of_repeated_properties_counts_and_is_told():
    assert only('{"a": 1, "b": 2, "a": 3}').config == {"a": "3", "b": "2"}
    assert only('{"a": 1, "b": 2, "a": 3}').repeated == ("a",)
    assert only("a=1\na=2", "x.properties").repeated == ("a",)


def test_several_configurations_in_one_file():
    found = parse_connector_files(json.dumps([{"config": CONFIG}, CONFIG]).encode(), "all.json")
    assert [one.config for one in found] == [CONFIG, CONFIG]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x is empty"),
        (" \n ", "x is empty"),
        ('{"a": 1,\n}', "x:2:1: not valid JSON"),
        ("[]", "x holds no configuration"),
        ("[1]", "x: a single value where a configuration"),
        ('{"a": {"b": 1}}', "x: a is an object"),
        ('{"a": [1]}', "x: a is a list"),
        ('{"a": "\\ud800"}', "x:1: half of a UTF-16 pair"),
        ("b=1\na=\\uZZZZ", "x:2: Invalid"),
        ("a=\0", "x is not a text file"),
        ("[" * 100_000, "x is nested too deeply"),
    ],
)
def test_bad_files_are_told(text, message):
    with pytest.raises(InputError) as caught:
        parse_connector_files(text.encode(), "x")
    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_latin_1_is_read_as_java_does():
    assert only("a=ä".encode("latin-1"), "x.properties").config == {"a": "ä"}
    assert only("a=ä", "x.properties").config == {"a": "ä"}


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_connector_files(tmp_path / "gone.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_connector_files(tmp_path)


KEYS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"]), min_size=1)
VALUES = st.text(st.characters(blacklist_categories=["Cs", "Cc"])).map(str.strip)


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_what_java_writes_is_read_back(config):
    text = javaproperties.dumps(config, timestamp=None)
    if text.lstrip()[0] not in "{[":
        assert only(text, "x.properties").config == config


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_what_json_writes_is_read_back(config):
    assert only(json.dumps(config)).config == config


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["config", "info", "name"]), inner),
)


@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | JSON.map(lambda one: json.dumps(one).encode())
)
@example(b"\xef\xbb\xbf")
def test_no_file_ends_in_a_traceback(data):
    try:
        found = parse_connector_files(data, "fuzzed")
    except InputError:
        return
    assert all(isinstance(value, str) for one in found for value in one.config.values())
