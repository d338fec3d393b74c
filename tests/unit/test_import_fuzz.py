"""Whatever is in a file: it is imported, or there is one clear error."""

from __future__ import annotations

import json
import string
import tempfile
from pathlib import Path
from typing import Any

import javaproperties
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from lint_cases import KINDS, base
from ruamel.yaml import YAML

from cdcctl.connector_files import parse_connector_files
from cdcctl.documents import Document
from cdcctl.errors import CdcctlError
from cdcctl.importing.command import Wishes, import_all
from cdcctl.importing.given import given as take
from cdcctl.importing.meaning import Meaning
from cdcctl.importing.report import to_dict, to_text
from cdcctl.importing.yaml_text import to_yaml
from cdcctl.lint.configuration import kind_of
from cdcctl.pipeline import parse
from cdcctl.plugins import definitions
from cdcctl.render.configurations import render

QUICK = settings(max_examples=60, suppress_health_check=list(HealthCheck))
NAMES = sorted(
    {
        *(key for kind in KINDS for key in base()[kind]),
        *definitions.debezium((3, 6)),
        *definitions.debezium((1, 9)),
        *(key for name in ("iceberg", "confluent-s3", "aiven-s3") for key in definitions.of(name)),
        *(
            f"column.{rule}"
            for rule in ("mask.with.3.chars", "truncate.to.x.chars", "mask.hash.v2.SHA-256.with.salt.s")
        ),
        "topic.creation.default.partitions",
        "topic.creation.default.replication.factor",
        "topic.creation.default.retention.ms",
    }
)
SECRET = "hunter2-very-secret"
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "true",
            "false",
            "-1",
            "0",
            "9" * 30,
            "",
            " ",
            "a,b",
            ",",
            ",,;:",
            "${x:y}",
            "${var.x}",
            "${var.}",
            ".*",
            "[",
            "\\",
            "unwrap",
            "null",
            "~",
            "a.b",
            "a.b.c",
            "2021-01-01",
            "1e5",
            "!tag",
            "s3://lake/x",
            "x: y # z",
            "١٢",
        ]
    ),
)
KEYS = st.one_of(st.sampled_from(NAMES), st.text(max_size=20))
VERSIONS = st.sampled_from([None, "1.9", "2.4", "3.0", "3.6"])


def survives(data: bytes, wishes: Wishes) -> None:
    """Imported, written, told and read back; or refused in words."""
    try:
        made = import_all([take(each) for each in parse_connector_files(data, "x")], wishes)
        text = to_yaml(made)
    except CdcctlError as error:
        refused = error
    else:
        refused = None
    event("refused" if refused else "imported")
    if refused:
        assert refused.message
        assert refused.hint
        return
    again = parse([Document("written", YAML(typ="safe").load(text))])
    # A variable of a template stands for something else once it is the pipeline's own.
    if "${var." not in text:
        assert render(again, made.region) == render(made.pipeline, made.region)
    for told in (to_text(made), json.dumps(to_dict(made, None)), text):
        told.encode()
        assert SECRET not in told


@QUICK
@given(
    st.sampled_from(["source", "source19", ""]),
    st.sets(st.sampled_from(["iceberg", "confluent", "aiven"])),
    st.dictionaries(KEYS, VALUES, max_size=12),
    st.sets(st.sampled_from(NAMES), max_size=8),
    VERSIONS,
    VERSIONS,
)
def test_any_configuration(
    source: str, sinks: set[str], more: dict[str, str], without: set[str], to: str | None, of: str | None
) -> None:
    kinds = sorted({*sinks, source} - {""}) or ["source"]
    configs = [
        {
            key: value
            for key, value in {**base()[kind], **more, "ssl.key.password": SECRET}.items()
            if key not in without
        }
        for kind in kinds
    ]
    for config, kind in zip(configs, kinds, strict=True):
        config["connector.class"] = base()[kind]["connector.class"]
    survives(json.dumps(configs).encode(), Wishes(debezium=to, from_debezium=of))


OF_KIND = {
    "source": sorted(definitions.debezium((3, 6))),
    "source19": sorted(definitions.debezium((1, 9))),
    "iceberg": sorted(definitions.of("iceberg")),
    "confluent": sorted(definitions.of("confluent-s3")),
    "aiven": sorted(definitions.of("aiven-s3")),
}


@QUICK
@given(st.data(), st.sampled_from(sorted(OF_KIND)))
def test_every_property_is_in_effect_or_told(data: st.DataObject, kind: str) -> None:
    """Nothing gets lost on the way, and nothing comes to be another value, without a word."""
    plain = st.sampled_from(["1", "7", "true", "false", "none", "x", "a,b", "a.b", "", "5242880"])
    more = data.draw(st.dictionaries(st.sampled_from(OF_KIND[kind]), plain, max_size=10))
    config = {**base()[kind], **more}
    config["connector.class"] = base()[kind]["connector.class"]
    try:
        made = import_all([take(each) for each in parse_connector_files(json.dumps(config).encode(), "x")], Wishes())
    except CdcctlError as refused:
        event(refused.message)
        return
    rendered = render(made.pipeline, made.region)
    new = rendered.source if kind.startswith("source") else rendered.sink
    told = {note.key for note in made.notes if note.what in ("modernised", "changed", "dropped", "fill-in")}
    meaning = Meaning(kind_of(config) or "worker", made.versions.to)
    lost = {
        key: (value, new.get(key))
        for key, value in config.items()
        if key not in told and not meaning.same(key, value, new.get(key))
    }
    assert lost == {}


@QUICK
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe\x00")
@example(b"a=\\uZZZZ")
@example(b"{" * 5000)
@example(b'{"connector.class": "MySqlConnector", "x": "\\ud800"}')
def test_bytes(data: bytes) -> None:
    survives(data, Wishes())


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=20,
)
AROUND = ("capacity", "logDelivery", "tags", "kafkaCluster", "serviceExecutionRoleArn", "networkType", "connectorName")


@QUICK
@given(
    JSON,
    st.dictionaries(st.sampled_from(AROUND), JSON, max_size=4),
    st.sampled_from(["config", "connectorConfiguration"]),
)
def test_json(data: Any, around: dict[str, Any], wrapper: str) -> None:
    config = {"connector.class": "MySqlConnector", **(data if isinstance(data, dict) else {})}
    survives(json.dumps({wrapper: config, **around}).encode(), Wishes())
    survives(json.dumps(data).encode(), Wishes())


@QUICK
@given(st.text(alphabet=string.printable, max_size=300))
def test_properties(text: str) -> None:
    survives(f"{text}\nconnector.class=io.confluent.connect.s3.S3SinkConnector\n".encode(), Wishes())


@QUICK
@given(st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5))
def test_odd_characters_survive(more: dict[str, str]) -> None:
    config = {**base()["source"], **{key: value for key, value in more.items() if key.strip()}}
    text = javaproperties.dumps(config, timestamp=None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.properties"
        path.write_text(text)
        survives(path.read_bytes(), Wishes())
