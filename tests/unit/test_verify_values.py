"""What each row of the type table must be in Parquet: values written out by hand, never computed by the code at test."""

# ruff: noqa: E501  (a table reads best with a case a line)

from __future__ import annotations

import datetime
import struct
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcctl.verify import temporal
from cdcctl.verify.changes import change
from cdcctl.verify.columns import differing
from cdcctl.verify.defaults import explicit_default, implicit_default
from cdcctl.verify.findings import BY_SLUG
from cdcctl.verify.table import Column
from cdcctl.verify.values import Handling, decoded, encoder

I16, I32, I64, TEXT, BYTES = pa.int16(), pa.int32(), pa.int64(), pa.string(), pa.binary()
POINT = pa.struct([("x", pa.float64()), ("y", pa.float64()), ("wkb", BYTES), ("srid", I32)])
GEOMETRY = pa.struct([("wkb", BYTES), ("srid", I32)])
WKB = b"\x01\x01\x00\x00\x00" + struct.pack("<dd", 1.5, -2.25)
OTHER_WKB = WKB[:-1] + b"\x41"


def column(kind: str, **more: Any) -> Column:
    return Column("c", kind.split("(")[0].split()[0], kind, **more)


def codes(col: Column, mysql: Any, array: pa.Array, handling: Handling | None = None) -> list[str | None]:
    unequal = differing(col, [mysql], array, handling or Handling())
    return [
        change(col, mysql, expected, actual)
        for _, expected, actual in unequal
        if mysql is not None and actual is not None
    ]


# Column, Arrow type, value read from MySQL, value in Parquet, the nearest wrong value.
TYPES = [
    (column("tinyint"), I32, -128, -128, -127),
    (column("tinyint unsigned"), I32, 255, 255, 254),
    (column("tinyint(1)"), I32, 1, 1, 0),
    (column("tinyint(1)"), pa.bool_(), 1, True, False),
    (column("smallint unsigned"), I32, 65535, 65535, 65534),
    (column("mediumint"), I32, 8388607, 8388607, 8388606),
    (column("int"), I32, -2147483648, -2147483648, -2147483647),
    (column("int unsigned"), I64, 4294967295, 4294967295, 4294967294),
    (column("bigint"), I64, 2**63 - 1, 2**63 - 1, 2**63 - 2),
    (column("bigint unsigned"), I64, 2**63 - 1, 2**63 - 1, -(2**63)),
    (column("year"), I32, 2155, 2155, 2154),
    (column("bit(1)", length=1), pa.bool_(), b"\x01", True, False),
    (column("bit(10)", length=10), BYTES, b"\x02\x01", b"\x01\x02", b"\x02\x01"),
    (column("bit(64)", length=64), BYTES, b"\0\0\0\0\0\0\1\2", b"\2\1\0\0\0\0\0\0", b"\2\1\0\0\0\0\0\1"),
    (column("float"), pa.float32(), 0.10000000149011612, 0.1, 0.11),
    (column("float(7,3)"), pa.float64(), 0.10000000149011612, 0.10000000149011612, 0.2),
    (column("float(7,3)"), pa.float64(), 0.10000000149011612, 0.1, 0.1001),
    (column("double"), pa.float64(), 0.1, 0.1, 0.10000000000000002),
    (column("double"), pa.float64(), 1.7976931348623157e308, 1.7976931348623157e308, 1.7976931348623155e308),
    (column("decimal(38,10)", scale=10), pa.decimal128(38, 10), Decimal("0.0000000001"), Decimal("1E-10"), Decimal("2E-10")),
    (column("decimal(8,2)", scale=2), pa.decimal128(38, 2), Decimal("-999999.99"), Decimal("-999999.99"), Decimal("-999999.98")),
    (column("decimal(38,0)", scale=0), pa.decimal128(38, 0), Decimal(10**38 - 1), Decimal(10**38 - 1), Decimal(10**38 - 2)),
    (column("char(5)"), TEXT, "😀é", "😀é", "😀e"),
    (column("varchar(9)"), TEXT, "trailing ", "trailing ", "trailing"),
    (column("longtext"), TEXT, "", "", " "),
    (column("enum('a','b')"), TEXT, "b", "b", "a"),
    (column("set('a','b')"), TEXT, "a,b", "a,b", "b,a"),
    (column("json"), TEXT, '{"a": 1}', '{"a": 1}', '{"a": 2}'),
    (column("binary(4)"), BYTES, b"a\0\0\0", b"a\0\0\0", b"a\0\0\1"),
    (column("varbinary(4)"), BYTES, b"\xff", b"\xff", b"\xfe"),
    (column("blob"), BYTES, b"", b"", b"\0"),
    (column("point"), POINT, b"\0\0\0\0" + WKB, {"x": 1.5, "y": -2.25, "wkb": WKB, "srid": None}, {"wkb": OTHER_WKB}),
    (column("geometry"), GEOMETRY, b"\xe6\x10\0\0" + WKB, {"wkb": WKB, "srid": 4326}, {"wkb": WKB, "srid": 4327}),
    (column("vector(2)"), pa.list_(pa.float32()), struct.pack("<ff", 1, -2.5), [1.0, -2.5], [1.0, -2.0]),
    (column("date"), I32, "1970-01-02", 1, 2),
    (column("date"), I32, "9999-12-31", 2932896, 2932895),
    (column("date"), I32, "1000-01-01", -354285, -354284),
    (column("date"), I32, "1582-10-10", -141432, -141422),
    (column("time"), I64, "00:00:01", 1_000_000, 1_000_001),
    (column("time"), I64, "838:59:59", 3_020_399_000_000, 3_020_399_000_001),
    (column("time(6)", fsp=6), I64, "-00:00:00.000001", -1, 1),
    (column("datetime"), I64, "1969-12-31 23:59:59", -1000, -999),
    (column("datetime(3)", fsp=3), I64, "2020-01-01 00:00:00.123", 1577836800123, 1577836800124),
    (column("datetime(6)", fsp=6), I64, "2020-01-01 00:00:00.123456", 1577836800123456, 1577836800123457),
    (column("timestamp"), TEXT, "2038-01-19 03:14:07", "2038-01-19T03:14:07Z", "2038-01-19T03:14:06Z"),
    (column("timestamp(6)", fsp=6), TEXT, "2024-02-29 12:34:56.100000", "2024-02-29T12:34:56.1Z", "2024-02-29T12:34:56.100001Z"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("col", "arrow", "mysql", "right", "wrong"), TYPES, ids=lambda x: x.column_type if isinstance(x, Column) else ""
)
def test_each_type_is_equal_to_itself_and_to_nothing_near_it(
    col: Column, arrow: Any, mysql: Any, right: Any, wrong: Any
) -> None:
    assert not [
        code for code in codes(col, mysql, pa.array([right], arrow)) if code and BY_SLUG[code].severity != "note"
    ]
    [found] = codes(col, mysql, pa.array([wrong], arrow))
    assert found is not None
    assert BY_SLUG[found].severity != "note"


@pytest.mark.parametrize(
    ("col", "arrow", "mysql", "right", "wrong"), TYPES, ids=lambda x: x.column_type if isinstance(x, Column) else ""
)
def test_null_is_equal_to_null_only(col: Column, arrow: Any, mysql: Any, right: Any, wrong: Any) -> None:
    assert not differing(col, [None], pa.array([None], arrow), Handling())
    assert differing(col, [None], pa.array([right], arrow), Handling())
    assert differing(col, [mysql], pa.array([None], arrow), Handling())
    assert differing(col, [mysql], None, Handling())
    assert not differing(col, [None], None, Handling())


NAMED = [
    ("unsigned-wrapped", column("bigint unsigned"), I64, 2**64 - 1, -1),
    ("unsigned-wrapped", column("bigint unsigned"), I64, 2**63, -(2**63)),
    ("fraction-lost", column("decimal(8,4)"), pa.decimal128(38, 2), Decimal("2.1234"), Decimal("2.12")),
    ("fraction-lost", column("decimal(8,2)"), I32, Decimal("7.25"), 7),
    ("decimal-rounded", column("decimal(20,2)", scale=2), pa.float64(), Decimal("123456789012345678.91"), 123456789012345680.0),
    ("decimal-rounded", column("decimal(16,0)"), pa.float64(), Decimal(9007199254740993), 9007199254740992.0),
    ("value-different", column("decimal(20,2)", scale=2), pa.float64(), Decimal("123456789012345678.91"), 123456789012345700.0),
    ("float-rounded", column("float"), pa.float32(), 16777216.0, 16777200.0),
    ("float-rounded", column("double"), pa.float64(), 0.1, 0.10000000149011612),
    ("boolean-narrowed", column("tinyint(1)"), pa.bool_(), 2, True),
    ("other-type", column("tinyint(1)"), pa.bool_(), 1, True),
    ("other-type", column("int"), TEXT, 7, "7"),
    ("other-type", column("varchar(9)"), I32, "7", 7),
    ("other-type", column("bigint"), pa.decimal128(38, 0), 7, Decimal(7)),
    ("unit-changed", column("datetime(6)", fsp=6), I64, "2020-01-01 00:00:00.123000", 1577836800123),
    ("unit-changed", column("datetime(3)", fsp=3), I64, "2020-01-01 00:00:00.123", 1577836800123456),
    ("unit-changed", column("datetime"), I64, "2020-01-01 00:00:00", 18262),
    ("unit-changed", column("date"), I64, "2020-01-02", 1577923200000),
    ("zero-date", column("date", nullable=False), I32, "0000-00-00", 0),
    ("zero-date", column("datetime", nullable=False), I64, "2024-00-15 10:00:00", 0),
    ("zero-date", column("timestamp", nullable=False), TEXT, "0000-00-00 00:00:00", "1970-01-01T00:00:00Z"),
    ("time-shifted", column("datetime"), I64, "2020-01-01 00:00:00", 1577836800000 + 19_800_000),
    ("time-shifted", column("timestamp"), TEXT, "2020-01-01 00:00:00", "2019-12-31T19:00:00Z"),
    ("enum-as-index", column("enum('a','b')"), TEXT, "b", "2"),
    ("enum-as-index", column("set('a','b','c')"), TEXT, "a,c", "5"),
    ("text-damaged", column("varchar(9)"), TEXT, "abcdef", "abc"),
    ("text-damaged", column("varchar(9)"), TEXT, "naïve", "na?ve"),
    ("geometry-srid", column("geometry"), GEOMETRY, b"\xe6\x10\0\0" + WKB, {"wkb": WKB, "srid": None}),
    ("json-text", column("json"), TEXT, '{"a": 1.0, "b": [1, 2]}', '{"b":[1,2],"a":1.0}'),
    ("json-text", column("json"), TEXT, "[1e3, 0.1]", "[1000.0,1E-1]"),
    ("value-different", column("json"), TEXT, "[1]", "[true]"),
    ("value-different", column("json"), TEXT, '["1"]', "[1]"),
    ("value-different", column("json"), TEXT, "[null]", "[0]"),
    ("value-different", column("json"), TEXT, "[9007199254740993]", "[9007199254740992]"),
    ("value-different", column("json"), TEXT, "{}", "no json"),
    # As the real stack showed them.
    ("year-zero", column("year"), I32, 0, 2000),
    ("year-zero", column("year"), I32, 0, 1900),
    ("value-different", column("year"), I32, 1901, 1900),
    ("enum-comma", column("enum('a','b,c')"), TEXT, "b,c", "b\\,c"),
    ("json-time", column("json"), TEXT, '{"t": "-12:34:56.789000"}', '{"t":"13:0-35:0-57.00000-789"}'),
    ("json-null-empty", column("json", nullable=False), TEXT, "null", "{}"),
    ("value-different", column("json"), TEXT, "null", "{}"),
    ("json-time", column("json"), TEXT, '{"t": "-838:00:00.000000"}', '{"t":"838:00:00"}'),
    ("json-text", column("json"), TEXT, '{"t": "12:34:56.789000"}', '{"t":"12:34:56.789"}'),
    ("json-text", column("json"), TEXT, '["2024-02-29 12:00:00.000000"]', '["2024-02-29 12:00:00"]'),
    ("value-different", column("json"), TEXT, '["12:34:56.789000"]', '["12:34:57"]'),
    ("value-different", column("json"), TEXT, '["838:00:00"]', '["-838:00:00"]'),
    ("calendar-gap", column("datetime"), I64, "1582-10-10 10:10:10", -12218824190000),
    ("calendar-gap", column("datetime(6)", fsp=6), I64, "1582-10-10 10:10:10.100001", -12218824189899999),
    ("value-different", column("datetime"), I64, "1582-10-15 00:00:00", -12218428800000),
    ("year-adjusted", column("date"), I32, "0050-01-01", 29220),
    ("year-adjusted", column("date"), I32, "0070-01-02", 1),
    ("year-adjusted", column("datetime(6)", fsp=6), I64, "0070-01-01 00:00:00.000001", 1),
    ("value-different", column("date"), I32, "0100-01-01", 29220),
    ("padding-lost", column("binary(4)", length=4), TEXT, b"\0\0\0\0", ""),
    # Small numbers are no unit of each other.
    ("value-different", column("date"), I32, "2020-01-01", 18),
    ("value-different", column("datetime"), I64, "2020-01-01 00:00:00", 0),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "col", "arrow", "mysql", "parquet"), NAMED)
def test_known_changes_are_named(slug: str, col: Column, arrow: Any, mysql: Any, parquet: Any) -> None:
    assert codes(col, mysql, pa.array([parquet], arrow)) == [slug]


@pytest.mark.parametrize("handling", [Handling(), Handling(decimals="double")])
def test_a_double_stands_for_the_decimals_of_which_it_has_all_digits(handling: Handling) -> None:
    price = column("decimal(20,2)", scale=2)
    for value in ("0.10", "-999999999999.99", "0.00"):
        assert not [each for each in codes(price, Decimal(value), pa.array([float(value)]), handling) if each]
    rounded = Decimal("123456789012345678.91")
    assert codes(price, rounded, pa.array([float(rounded)]), handling) == ["decimal-rounded"]


def test_connect_mode_is_read_through_the_semantic_types() -> None:
    handling = Handling(times="connect")
    instant = datetime.datetime(2020, 1, 1, 0, 0, 0, 123000)
    moment = column("datetime(3)", fsp=3)
    assert not differing(moment, ["2020-01-01 00:00:00.123"], pa.array([instant], pa.timestamp("us")), handling)
    assert not differing(column("date"), ["2020-01-01"], pa.array([instant.date()], pa.date32()), handling)
    assert not differing(column("time"), ["01:02:03"], pa.array([datetime.time(1, 2, 3)], pa.time64("us")), handling)
    assert codes(column("datetime(6)", fsp=6), "2020-01-01 00:00:00.123456", pa.array([instant], pa.timestamp("us")), handling) == ["time-fraction-lost"]  # fmt: skip
    late = pa.array([datetime.time(14, 59, 59)], pa.time64("us"))
    assert codes(column("time"), "38:59:59", late, handling) == ["time-out-of-range"]


def test_handling_is_read_from_the_rendered_configuration() -> None:
    config = {
        "decimal.handling.mode": "string",
        "bigint.unsigned.handling.mode": "precise",
        "binary.handling.mode": "hex",
    }
    handling = Handling.of(config)
    assert (handling.decimals, handling.unsigned_bigints, handling.binaries) == ("string", "precise", "hex")
    assert handling.times == "adaptive_time_microseconds"
    assert not differing(column("decimal(9,2)"), [Decimal("1.50")], pa.array(["1.50"]), handling)
    assert not differing(column("blob"), [b"\xff\0"], pa.array(["ff00"]), handling)
    wide = pa.array([Decimal(2**64 - 1)], pa.decimal128(38, 0))
    assert not differing(column("bigint unsigned"), [2**64 - 1], wide, handling)


@given(st.dates())
def test_days_agree_with_python_wherever_python_has_the_date(date: datetime.date) -> None:
    assert temporal.days(f"{date.year:04}-{date.month:02}-{date.day:02}") == (date - datetime.date(1970, 1, 1)).days


@given(st.datetimes())
def test_instants_agree_with_python(moment: datetime.datetime) -> None:
    micros = (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    text = moment.isoformat(sep=" ", timespec="microseconds")
    assert temporal.instant(text) == micros
    assert temporal.iso_instant(text.replace(" ", "T") + "Z") == micros


@given(st.integers(-3_020_399_000_000, 3_020_399_000_000))
def test_spans_are_exact(micros: int) -> None:
    seconds, fraction = divmod(abs(micros), 1_000_000)
    text = f"{'-' * (micros < 0)}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"
    assert temporal.span(text) == micros


ANYTHING = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.text(max_size=8), st.binary(max_size=8), st.booleans(), st.floats(),
    st.decimals(allow_nan=False, allow_infinity=False), st.lists(st.floats(), max_size=2),
    st.dictionaries(st.sampled_from(["x", "wkb", "srid"]), st.none(), max_size=3),
)  # fmt: skip


@given(st.sampled_from(TYPES), ANYTHING)
def test_whatever_is_in_parquet_gets_a_name(case: Any, actual: Any) -> None:
    col, _, mysql, _, _ = case
    encode = encoder(col, Handling())
    found = change(col, mysql, encode(mysql) if encode else mysql, decoded(col, actual))
    assert found is None or found in BY_SLUG


@pytest.mark.parametrize(
    ("col", "expected"),
    [
        (column("int"), 0),
        (column("varchar(9)"), ""),
        (column("binary(3)", length=3), b"\0\0\0"),
        (column("varbinary(3)", length=3), b""),
        (column("bit(10)", length=10), b"\0\0"),
        (column("enum('it''s','b')"), "it's"),
        (column("datetime(3)", fsp=3), "0000-00-00 00:00:00.000"),
        (column("json"), "null"),
        (column("decimal(5,2)"), Decimal(0)),
    ],
)
def test_implicit_defaults(col: Column, expected: Any) -> None:
    assert implicit_default(col) == expected


@pytest.mark.parametrize(
    ("col", "expected"),
    [
        (column("int", default="5"), 5),
        (column("int"), None),
        (column("varchar(9)", default="x"), "x"),
        (column("decimal(5,2)", default="1.50"), Decimal("1.50")),
        (column("bit(10)", length=10, default="b'101'"), b"\0\x05"),
        (column("binary(3)", length=3, default="0x6162"), b"ab\0"),
        (column("datetime", default="CURRENT_TIMESTAMP", extra="DEFAULT_GENERATED"), None),
    ],
)
def test_explicit_defaults(col: Column, expected: Any) -> None:
    assert explicit_default(col) == expected
