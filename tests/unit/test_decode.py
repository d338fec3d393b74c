"""Messages decoded from files as a user does it, and every kind of bytes that is no message."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from glue_account import ONE, ORDERS, TWO, Account, record
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcctl.aws.glue_registry import SchemaVersion
from cdcctl.decode.decoder import Decoder
from cdcctl.decode.files import contents
from cdcctl.decode.lines import Wish, line
from cdcctl.decode.readable import readable
from cdcctl.errors import NotFoundError

ROW = {"ID": 7, "NAME": "Stühle", "CITY": None}


@pytest.fixture
def written(account: Account) -> bytes:
    account.schema(ONE)
    return account.message(TWO, ROW)


@pytest.mark.parametrize("form", ["binary", "base64", "hex"])
def test_a_file_with_a_message(account: Account, written: bytes, form: str) -> None:
    content = {"binary": written, "base64": base64.b64encode(written), "hex": written.hex(" ").encode()}[form]
    (account.folder / "message").write_bytes(content)
    for encoding in ("auto", form):
        done = account.cdcctl("decode", "--message", "message", "--encoding", encoding)
        assert (done.code, done.out.count("\n")) == (0, 1), done.err
        assert done.json["value"] == ROW
        assert {"registry": "values", "name": ORDERS, "version": 2}.items() <= done.json["value_schema"].items()


def test_a_message_a_line_some_of_which_cannot_be_decoded(account: Account, written: bytes) -> None:
    compressed = account.message(ONE, {"ID": 1, "NAME": "x" * 1000}, compressed=True)
    unknown = written[:2] + uuid.uuid4().bytes + written[18:]
    cases = {
        b'{"ID": 5}': "they are JSON",
        b"\x00\x00\x00\x00\x07\x0a": "Confluent's, schema id 7",
        b"hello": "they are text",
        b"\xff\xfe\xfd": "begin with ff fe fd",
        written[:9]: "cut off after 9 bytes",
        written[:1] + b"\x07" + written[2:]: "compression is unknown: 0x07",
        compressed[:-6]: "compressed part is damaged",
        unknown: "no schema version",
        written[:20]: f"not what version 2 of values/{ORDERS} says",
    }
    lines = [base64.b64encode(each).decode() for each in (written, compressed, *cases)]
    (account.folder / "messages").write_text("\n".join(lines))
    done = account.cdcctl("decode", "--message", "messages", "--encoding", "base64")
    found = [json.loads(each) for each in done.out.splitlines()]
    assert done.code == 1
    assert found[0]["value"] == ROW
    assert (found[1]["value"]["ID"], found[1]["value_schema"]["compressed"]) == (1, True)
    for each, (content, said) in zip(found[2:], cases.items(), strict=True):
        assert said in each["value_problem"]
        assert each["value"] is None
        shown = each.get("value_text", "").encode() or base64.b64decode(each["value_base64"])
        assert (shown, each["value_bytes"]) == (content, len(content))
    assert [each["value_text"] for each in found if "value_text" in each] == ['{"ID": 5}', "hello"]
    assert found[-2]["value_schema"]["id"] == str(uuid.UUID(bytes=unknown[2:18]))
    assert account.cdcctl("decode", "--message", "messages", "--json").json["undecoded"] == len(cases)


def test_values_that_json_has_no_form_for(account: Account) -> None:
    definition = record(
        {"name": "D", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "T", "type": {"type": "int", "logicalType": "date"}},
        "B bytes",
        "F double",
        {"name": "L", "type": {"type": "array", "items": "bytes"}},
    )
    account.schema(mode="NONE")
    value = {"D": Decimal("-1.50"), "T": date(2024, 2, 29), "B": b"\xff", "F": float("nan"), "L": [b"a"]}
    done = account.cdcctl("decode", "--message", "-", "--encoding", "binary", stdin=account.message(definition, value))
    assert done.code == 0, done.err
    assert done.json["value"] == {"D": "-1.50", "T": "2024-02-29", "B": "/w==", "F": "nan", "L": ["YQ=="]}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "name one thing to decode"),
        (["t", "--message", "x"], 2, "name one thing to decode"),
        (["t", "--offset", "3"], 2, "--offset is one of a partition"),
        (["t", "--count", "3"], 2, "--count is of messages from --offset"),
        (["t", "--partition", "0", "--offset", "3", "--tail", "2"], 2, "exclude each other"),
        (["t"], 2, "where the brokers are"),
        (["--table", "shop.orders"], 2, "--table needs the pipeline"),
        (["--message", "nothing"], 3, "nothing cannot be read: No such file"),
        (["--message", "."], 3, ". cannot be read"),
        (["--message", "empty"], 3, "empty is empty"),
        (["--message", "pipeline.yaml", "--encoding", "hex"], 3, "pipeline.yaml:1 is not hex"),
        (["t", "-f", "pipeline.yaml"], 4, "the brokers cannot be reached from here"),
    ],
)
def test_what_makes_no_sense(account: Account, arguments: list[str], code: int, said: str) -> None:
    (account.folder / "empty").write_bytes(b"")
    done = account.cdcctl("decode", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"0300ff\n\n\\x03 01\n", [b"\x03\x00\xff", b"\x03\x01"]),
        (b"03:00:ff", [b"\x03\x00\xff"]),
        (b"AwD/\nAwE=\n", [b"\x03\x00\xff", b"\x03\x01"]),
        (b"\x03\n\x00", [b"\x03\n\x00"]),
        (b" \n", [b" \n"]),
    ],
)
def test_how_a_file_is_encoded_is_seen(text: bytes, found: list[bytes]) -> None:
    assert [content for _, content in contents("f", text, "auto")] == found


@dataclass
class Message:
    """What confluent-kafka gives."""

    raw_key: bytes | None
    raw_value: bytes | None
    raw_headers: list[tuple[str, bytes | None]] | None = field(default=None)

    def key(self) -> bytes | None:
        return self.raw_key

    def value(self) -> bytes | None:
        return self.raw_value

    def headers(self) -> Any:
        return self.raw_headers

    def topic(self) -> str:
        return "t"

    def partition(self) -> int:
        return 1

    def offset(self) -> int:
        return 5

    def timestamp(self) -> tuple[int, int]:
        return (1, 1_700_000_000_123)


def unknown(_: str) -> Any:
    raise NotFoundError("no")


def test_a_tombstone_and_a_dead_letter() -> None:
    headers: list[tuple[str, bytes | None]] = [
        ("__connect.errors.topic", b"db1.shop.orders"),
        ("__connect.errors.offset", b"12"),
        ("__connect.errors.exception.message", b"Error converting"),
        ("__connect.errors.exception.stacktrace", b"at com.example"),
        ("mine", b"\xff"),
        ("nothing", None),
    ]
    found = line(Decoder(unknown), Message(None, None, headers), Wish())
    assert found.is_decoded
    assert found.to_dict() == {
        "topic": "t", "partition": 1, "offset": 5, "timestamp": "2023-11-14T22:13:20.123Z",
        "key": None, "key_schema": None, "value": None, "value_schema": None, "tombstone": True,
        "dead_letter": {"topic": "db1.shop.orders", "offset": 12, "message": "Error converting"},
        "headers": {"mine": "\\xff", "nothing": None},
    }  # fmt: skip


def test_only_keys_when_only_keys_are_wanted() -> None:
    found = line(Decoder(unknown), Message(b"plain", b"plain"), Wish(keys_only=True)).to_dict()
    assert "key_problem" in found
    assert not [name for name in found if name.startswith("value")]


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("Date", 19782, "2024-02-29"),
        ("Date", -719163, -719163),
        ("Timestamp", 1704096000000, "2024-01-01T08:00:00"),
        ("Timestamp", -1, "1969-12-31T23:59:59.999"),
        ("MicroTimestamp", 1704096000000001, "2024-01-01T08:00:00.000001"),
        ("MicroTime", -3020399000000, "-838:59:59"),
        ("MicroTime", 500000, "00:00:00.500000"),
        ("Year", 2024, 2024),
        ("Timestamp", 10**18, 10**18),
    ],
)
def test_dates_and_times_as_people_write_them(name: str, number: int, text: Any) -> None:
    kind = {"type": "long", "connect.name": f"io.debezium.time.{name}"}
    definition = record({"name": "A", "type": ["null", kind]}, {"name": "B", "type": {"type": "array", "items": kind}})
    assert readable({"A": number, "B": [number]}, definition) == {"A": text, "B": [text]}
    assert readable({"A": None, "B": []}, definition) == {"A": None, "B": []}


def test_an_envelope_names_its_row_twice(account: Account) -> None:
    """Before defines the record, after refers to it."""
    day = {"type": "int", "connect.name": "io.debezium.time.Date"}
    row = {"type": "record", "name": "Value", "namespace": "db1.t", "fields": [{"name": "D", "type": day}]}
    fields = [{"name": "before", "type": ["null", row]}, {"name": "after", "type": ["null", "db1.t.Value"]}]
    definition = json.dumps({"type": "record", "name": "Envelope", "namespace": "db1.t", "fields": fields})
    account.schema(definition)
    message = account.message(definition, {"before": {"D": 0}, "after": {"D": 1}})
    done = account.cdcctl("decode", "--message", "-", "--readable", "--encoding", "binary", stdin=message)
    assert done.json["value"] == {"before": {"D": "1970-01-01"}, "after": {"D": "1970-01-02"}}


def _version(identifier: str) -> SchemaVersion:
    return SchemaVersion(identifier, 1, "AVAILABLE", DEEP, "", "values", ORDERS)


DEEP = json.dumps(
    {
        "type": "record",
        "name": "N",
        "fields": [
            {"name": "next", "type": ["null", "N"]},
            {"name": "s", "type": "string"},
            {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "a", "type": {"type": "array", "items": "double"}},
            {"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }
)


@settings(max_examples=400)
@given(st.binary(max_size=120), st.sampled_from([b"", b"\x03", b"\x03\x00" + bytes(16), b"\x03\x05" + bytes(16)]))
def test_no_bytes_whatever_end_a_command(content: bytes, head: bytes) -> None:
    found = line(Decoder(_version), Message(head + content, content), Wish(readable=True))
    json.dumps(found.to_dict(), allow_nan=False)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_no_file_whatever_ends_a_command(content: bytes) -> None:
    assert list(contents("f", content, "auto"))
