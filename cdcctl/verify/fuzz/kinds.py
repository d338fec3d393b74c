"""Column types, and values of each: the ordinary ones, and the ones at the edges where pipelines break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Values = Callable[[Random], str]


@dataclass(frozen=True)
class Kind:
    """A column type.

    :param sql: as it is written in CREATE TABLE.
    :param value: makes a literal.
    :param wider: types that such a column may be changed to without the sink refusing (Iceberg's promotions).
    :param keyable: whether a key may be made of it without a length.
    """

    sql: str
    value: Values
    wider: tuple[str, ...] = ()
    keyable: bool = False


def _integer(low: int, high: int) -> Values:
    edges = sorted({low, high, 0, 1, max(low, -1), high // 2})
    return lambda rng: str(rng.choice([rng.choice(edges), rng.randint(low, high), rng.randint(max(low, -9), 9)]))


def _signed(name: str, bits: int, wider: tuple[str, ...] = ()) -> Kind:
    return Kind(name, _integer(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1), wider, keyable=True)


def _unsigned(name: str, bits: int, wider: tuple[str, ...] = ()) -> Kind:
    return Kind(f"{name} UNSIGNED", _integer(0, 2**bits - 1), wider, keyable=True)


def _decimal(precision: int, scale: int) -> Kind:
    def value(rng: Random) -> str:
        digits = rng.choice([0, 1, 10**precision - 1, rng.randrange(10**precision)])
        whole, part = divmod(digits, 10**scale)
        return f"{rng.choice(['', '-'])}{whole}" + (f".{part:0{scale}d}" if scale else "")

    return Kind(f"DECIMAL({precision},{scale})", value, (f"DECIMAL({min(precision + 4, 38)},{scale})",), keyable=True)


_WORDS = (
    "", "a", "A", " ", "  two  ", "O'Brien", 'say "hi"', "back\\slash", "tab\there", "line\nbreak", "null", "NULL", "0",
    "Ärger", "ärger", "straße", "日本語", "🎬", "e\u0301", "\u00e9", "%_", "\u202eright", "x" * 10,
)  # fmt: skip


def quoted(text: str) -> str:
    """A string literal."""
    escapes = {"\\": "\\\\", "'": "''", "\n": "\\n", "\t": "\\t", "\0": "\\0"}
    return "'" + "".join(escapes.get(char, char) for char in text) + "'"


def _text(limit: int, words: Sequence[str] = _WORDS) -> Values:
    return lambda rng: quoted((rng.choice(words) + rng.choice(["", rng.choice(words)]))[:limit])


def _bytes(limit: int, *, fixed: bool = False) -> Values:
    def value(rng: Random) -> str:
        length = limit if fixed else rng.choice([0, 1, min(limit, 16), rng.randint(0, min(limit, 40))])
        content = bytes(rng.choice([0, 255, rng.randrange(256)]) for _ in range(length))
        # x'' is the same to MySQL, but as a DEFAULT it stops Debezium's parser (EVO001).
        return f"x'{content.hex()}'" if content else "''"

    return value


def _fraction(rng: Random, digits: int) -> str:
    return f".{rng.choice([0, 1, 10**digits - 1, rng.randrange(10**digits)]):0{digits}d}" if digits else ""


def _date(rng: Random) -> str:
    year = rng.choice([1000, 1582, 1900, 1969, 1970, 2000, 2024, 2038, 9999, rng.randint(1600, 2400)])
    month = rng.randint(1, 12)
    # Debezium moves the ten days that the Gregorian reform left out (VER044 and its like): a limit that is known.
    day = rng.randint(15, 28) if (year, month) == (1582, 10) else rng.randint(1, 28)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _clock(rng: Random, digits: int) -> str:
    return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}{_fraction(rng, digits)}"


def _datetime(digits: int) -> Kind:
    return Kind(f"DATETIME({digits})", lambda rng: f"'{_date(rng)} {_clock(rng, digits)}'", keyable=True)


def _timestamp(digits: int) -> Kind:
    def value(rng: Random) -> str:
        year = rng.choice([1971, 1999, 2000, 2024, 2037, rng.randint(1971, 2037)])
        return f"'{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {_clock(rng, digits)}'"

    return Kind(f"TIMESTAMP({digits})", value)


def _time(digits: int) -> Kind:
    def value(rng: Random) -> str:
        hours, minutes, seconds = rng.choice([0, 23, 24, 100, 837]), rng.randint(0, 59), rng.randint(0, 59)
        return f"'{hours:02d}:{minutes:02d}:{seconds:02d}{_fraction(rng, digits)}'"

    return Kind(f"TIME({digits})", value)


def _json(rng: Random) -> str:
    documents = ("{}", "[]", "null", "1", '"text"', '{"a": [1, 2.5, null, true], "b": {"c": "é"}}', "[[], {}]")
    return quoted(rng.choice(documents))


_OPTIONS = ("new", "in use", "Größe", "o''clock")
_ENUM = "ENUM(" + ",".join(f"'{each}'" for each in _OPTIONS) + ")"
_SET = "SET('r','w','x')"

KINDS: tuple[Kind, ...] = (
    _signed("TINYINT", 8, ("SMALLINT", "INT")),
    _signed("SMALLINT", 16, ("INT",)),
    _signed("MEDIUMINT", 24, ("INT",)),
    _signed("INT", 32, ("BIGINT",)),
    _signed("BIGINT", 64),
    _unsigned("TINYINT", 8, ("SMALLINT UNSIGNED",)),
    _unsigned("SMALLINT", 16, ("INT UNSIGNED",)),
    _unsigned("INT", 32),
    _unsigned("BIGINT", 64),
    Kind("TINYINT(1)", _integer(-128, 127)),
    Kind("BOOLEAN", lambda rng: rng.choice(["TRUE", "FALSE"])),
    _decimal(1, 0),
    _decimal(10, 2),
    _decimal(18, 9),
    _decimal(38, 10),
    Kind("FLOAT", lambda rng: rng.choice(["0", "-0.5", "1.5e10", "3.4e38", "1e-37", "0.1", "16777217"])),
    Kind("DOUBLE", lambda rng: rng.choice(["0", "-0.5", "1.7976931348623157e308", "2.3e-308", "0.1", "1e15", "1e22"])),
    Kind("BIT(1)", lambda rng: rng.choice(["b'0'", "b'1'"])),
    Kind("BIT(20)", lambda rng: f"b'{rng.randrange(2**20):b}'"),
    Kind("CHAR(12)", _text(12), keyable=True),
    Kind("VARCHAR(40)", _text(40), ("VARCHAR(80)", "TEXT"), keyable=True),
    Kind("VARCHAR(40) CHARACTER SET latin1", _text(40, [w for w in _WORDS if w.isascii()] + ["Ärger", "straße"])),
    Kind("VARCHAR(40) COLLATE utf8mb4_bin", _text(40), keyable=True),
    Kind("TEXT", _text(80), ("MEDIUMTEXT",)),
    Kind("LONGTEXT", lambda rng: f"REPEAT({quoted(rng.choice(['x', 'é', '🎬']))}, {rng.choice([0, 1, 5000])})"),
    Kind(_ENUM, lambda rng: f"'{rng.choice(_OPTIONS)}'"),
    Kind(_SET, lambda rng: rng.choice(["''", "'r'", "'r,w'", "'r,w,x'"])),
    Kind("BINARY(8)", _bytes(8, fixed=True)),
    Kind("VARBINARY(40)", _bytes(40), keyable=True),
    Kind("BLOB", _bytes(200)),
    Kind("DATE", lambda rng: f"'{_date(rng)}'", keyable=True),
    _datetime(0),
    _datetime(3),
    _datetime(6),
    _timestamp(0),
    _timestamp(6),
    _time(0),
    _time(6),
    Kind("YEAR", lambda rng: str(rng.choice([1901, 1970, 2024, 2155]))),
    Kind("JSON", _json),
    Kind("POINT", lambda rng: f"ST_GeomFromText('POINT({rng.randint(-9, 9)} {rng.randint(-9, 9)}.5)')"),
)
KEYS: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind.keyable)
