"""Names of objects: what the S3 sinks of Confluent and Aiven call them, for every setting that changes it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_deploy_plan import BASE

from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.pipeline import parse
from cdcctl.render.configurations import sink_config
from cdcctl.verify.lake.layout import Place, layout_of

TOPIC = "db1.sampledatabase.movies"
LIKE_CONFLUENT = "{{topic}}/partition={{partition}}/{{topic}}+{{partition}}+{{start_offset:padding=true}}"
BY_YEAR = "x/{{ timestamp:unit=yyyy }}/{{ topic }}-{{ partition:padding=true }}-{{ start_offset }}.parquet"
CONFLUENT = {
    "connector.class": "io.confluent.connect.s3.S3SinkConnector",
    "s3.bucket.name": "lake",
    "format.class": "io.confluent.connect.s3.format.parquet.ParquetFormat",
}
AIVEN = {
    "connector.class": "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector",
    "aws.s3.bucket.name": "lake",
    "format.output.type": "parquet",
}


@pytest.mark.parametrize(
    ("settings", "prefix", "key", "place"),
    [
        (
            {},
            f"topics/{TOPIC}/",
            f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000003.snappy.parquet",
            Place(0, 3),
        ),
        ({}, f"topics/{TOPIC}/", f"topics/{TOPIC}/partition=12/{TOPIC}+12+12345678901.parquet", Place(12, 12345678901)),
        (
            {"topics.dir": "a/b"},
            f"a/b/{TOPIC}/",
            f"a/b/{TOPIC}/partition=0/{TOPIC}+0+0000000003.gz.parquet",
            Place(0, 3),
        ),
        (
            {"partitioner.class": "io.confluent.connect.storage.partitioner.HourlyPartitioner"},
            f"topics/{TOPIC}/",
            f"topics/{TOPIC}/year=2024/month=02/day=01/hour=12/{TOPIC}+0+0000000003.snappy.parquet",
            Place(0, 3),
        ),
        (
            {"directory.delim": "_", "file.delim": "-"},
            f"topics_{TOPIC}_",
            f"topics_{TOPIC}_partition=0_{TOPIC}-0-0000000003.snappy.parquet",
            Place(0, 3),
        ),
    ],
)
def test_names_of_confluents_sink(settings, prefix, key, place):
    layout = layout_of({**CONFLUENT, **settings})
    assert layout.prefix(TOPIC) == prefix
    assert layout.place(key, TOPIC) == place
    assert layout.consecutive is ("partitioner.class" not in settings)
    assert not layout.envelope


@pytest.mark.parametrize(
    "key",
    [
        f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000003.keys.snappy.parquet",
        f"topics/{TOPIC}/partition=0/{TOPIC}+0+0000000003.headers.avro",
        f"topics/{TOPIC}/tombstone/{TOPIC}+0+0000000003.keys.parquet",
    ],
)
def test_keys_and_headers_hold_no_rows_but_are_the_sinks_own(key):
    layout = layout_of(CONFLUENT)
    assert layout.place(key, TOPIC) is None
    assert layout.owns(key, TOPIC)


@pytest.mark.parametrize(
    "key",
    [
        f"topics/{TOPIC}/partition=0/_SUCCESS",
        f"topics/{TOPIC}/partition=0/{TOPIC}2+0+0000000003.parquet",
        f"topics/{TOPIC}2/partition=0/{TOPIC}2+0+0000000003.parquet",
        f"topics/db1_sampledatabase_movies/partition=0/{TOPIC}+0+0000000003.parquet",
        f"other/topics/{TOPIC}/partition=0/{TOPIC}+0+0000000003.parquet",
        f"topics/{TOPIC}/partition=0/{TOPIC}+x+0000000003.parquet",
    ],
)
def test_what_is_not_the_topics_is_neither_read_nor_owned(key):
    layout = layout_of(CONFLUENT)
    assert layout.place(key, TOPIC) is None
    assert not layout.owns(key, TOPIC)


@pytest.mark.parametrize(
    ("settings", "prefix", "key", "place", "consecutive"),
    [
        ({}, f"{TOPIC}-", f"{TOPIC}-3-42.gz", Place(3, 42), True),
        ({}, f"{TOPIC}-", f"{TOPIC}-3-42", Place(3, 42), True),
        (
            {"file.name.template": f"{LIKE_CONFLUENT}.snappy.parquet"},
            f"{TOPIC}/partition=",
            f"{TOPIC}/partition=0/{TOPIC}+0+00000000000000000042.snappy.parquet",
            Place(0, 42),
            True,
        ),
        (
            {"file.name.template": BY_YEAR},
            "x/",
            f"x/2024/{TOPIC}-0000000007-42.parquet",
            Place(7, 42),
            False,
        ),
        ({"aws.s3.prefix": "p/"}, f"p/{TOPIC}-", f"p/{TOPIC}-0-00000000000000000042.gz", Place(0, 42), True),
        (
            {"aws.s3.prefix": "p/{{ utc_date }}/"},
            "p/",
            f"p/2024-02-01/{TOPIC}-0-00000000000000000042",
            Place(0, 42),
            False,
        ),
    ],
)
def test_names_of_aivens_sink(settings, prefix, key, place, consecutive):
    layout = layout_of({**AIVEN, **settings})
    assert layout.prefix(TOPIC) == prefix
    assert layout.place(key, TOPIC) == place
    assert layout.owns(key, TOPIC)
    assert layout.consecutive is consecutive
    assert layout.envelope
    assert not layout_of({**AIVEN, "format.output.envelope": "false"}).envelope


@pytest.mark.parametrize(
    "sink", [{"type": "confluent-s3"}, {"type": "aiven-s3"}, {"type": "aiven-s3", "prefix": "a/b/"}]
)
def test_what_is_rendered_by_default_can_be_read_back(sink):
    documents = [
        Document(
            "p",
            {
                **BASE,
                "source": {**BASE["source"], "tables": ["sampledatabase.movies"]},
                "sink": {**sink, "bucket": "lake"},
            },
        )
    ]
    pipeline = parse(documents)
    layout = layout_of(sink_config(pipeline, pipeline.sink, "us-east-1"))
    assert layout.bucket == "lake"
    assert layout.consecutive
    assert not layout.envelope
    ending = f"{TOPIC}/partition=0/{TOPIC}+0+0000000003.snappy.parquet"
    key = {"confluent-s3": f"topics/{ending}", "aiven-s3": sink.get("prefix", "") + ending}[sink["type"]]
    assert layout.place(key, TOPIC) == Place(0, 3)
    assert key.startswith(layout.prefix(TOPIC))


@given(
    topic=st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
    partition=st.integers(0, 10**6),
    offset=st.integers(0, 2**63 - 1),
)
def test_names_are_read_back_as_they_were_written(topic, partition, offset):
    key = f"topics/{topic}/partition={partition}/{topic}+{partition}+{offset:010d}.snappy.parquet"
    assert layout_of(CONFLUENT).place(key, topic) == Place(partition, offset)
    assert layout_of(AIVEN).place(f"{topic}-{partition}-{offset}.gz", topic) == Place(partition, offset)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({**CONFLUENT, "format.class": "io.confluent.connect.s3.format.json.JsonFormat"}, "verify reads Parquet"),
        ({**AIVEN, "format.output.type": "csv"}, "verify reads Parquet"),
        ({**AIVEN, "file.name.template": "{{key}}"}, "do not tell topic and partition and start_offset"),
        ({**AIVEN, "file.name.template": "{{topic}}-{{partition}}"}, "do not tell start_offset"),
    ],
)
def test_objects_that_cannot_be_read_back_are_an_input_error(config, said):
    with pytest.raises(InputError, match=re.escape(said)):
        layout_of(config)
