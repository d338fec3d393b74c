"""The few functions whose names differ between the engines that read the lake. All other SQL is the same text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

_PORTION = 25
# No column of anybody's is called so: it would be this one inside.
_BAR = "bar_of_cdcctl"
_PARTS = "ROW(negative BOOLEAN, digits VARCHAR, exponent INTEGER)"
# As many has the text of a double in MySQL at the most.
_SIGNS = 22
# A double of such parts p as MySQL writes it (my_gcvt in strings/dtoa.cc): 0.00125 where there is room for it, else
# 1.25e-3. The digits have no zeros at either end, the exponent is that of the first one. A negative double whose last
# digits have no room at all loses them in MySQL, and differs here.
_AS_MYSQL = (
    "CASE WHEN p.negative THEN '-' ELSE '' END || "
    "CASE WHEN p.exponent BETWEEN 0 AND 14 AND length(p.digits) <= p.exponent + 1 "
    "THEN rpad(p.digits, p.exponent + 1, '0') "
    "WHEN p.exponent >= 0 AND length(p.digits) > p.exponent + 1 "
    "THEN substr(p.digits, 1, p.exponent + 1) || '.' || substr(p.digits, p.exponent + 2) "
    "WHEN p.exponent BETWEEN -15 AND -1 "
    f"AND length(p.digits) - p.exponent + CASE WHEN p.negative THEN 2 ELSE 1 END <= {_SIGNS} "
    "THEN '0.' || lpad(p.digits, CAST(length(p.digits) AS INTEGER) - p.exponent - 1, '0') "
    "ELSE substr(p.digits, 1, 1) || CASE WHEN length(p.digits) > 1 THEN '.' || substr(p.digits, 2) ELSE '' END "
    "|| 'e' || CAST(p.exponent AS VARCHAR) END"
)


class Dialect(ABC):
    """One engine's spelling; every argument and result is a piece of SQL.

    :cvar wide: the type of integers that a BIGINT UNSIGNED may be too large for as a BIGINT.
    """

    wide: str

    @abstractmethod
    def sha256(self, text: str) -> str:
        """Lower-case hexadecimal SHA-256 of a text's UTF-8."""

    @abstractmethod
    def number_of(self, digest: str, digits: int) -> str:
        """The first hexadecimal digits of a digest as a BIGINT; at most 15."""

    def number(self, text: str) -> str:
        """The first 60 bits of a text's SHA-256 as a BIGINT: it fits a signed one, and sums of them a DECIMAL(38)."""
        return self.number_of(self.sha256(text), 15)

    @abstractmethod
    def hex(self, binary: str) -> str:
        """Bytes in upper-case hexadecimal."""

    @abstractmethod
    def octets(self, text: str) -> str:
        """How many bytes a text has in UTF-8."""

    @abstractmethod
    def replaced(self, text: str, pattern: str, group: int | None) -> str:
        """Every match of a regular expression replaced by one of its groups, or by nothing."""

    @abstractmethod
    def microseconds(self, timestamp: str) -> str:
        """A timestamp as microseconds since 1970."""

    @abstractmethod
    def days(self, date: str) -> str:
        """A date as days since 1970."""

    @abstractmethod
    def of_day(self, time: str) -> str:
        """A time of day as microseconds."""

    @abstractmethod
    def double(self, value: str) -> str:
        """The shortest digits that mean this double, in MySQL's notation as far as an expression can bring it there."""

    def joined(self, pieces: Sequence[str]) -> str:
        """Texts, none of which is NULL, with a bar between each two."""
        return f"concat_ws('|', {', '.join(pieces)})"

    def text(self, value: str) -> str:
        """A value as the engine writes it."""
        return f"CAST({value} AS VARCHAR)"


def literal(text: str) -> str:
    """A text as a literal of DuckDB and Athena."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as DuckDB and Athena take it."""
    return '"' + name.replace('"', '""') + '"'


class DuckDB(Dialect):
    """DuckDB, in this process."""

    wide = "HUGEINT"

    def sha256(self, text: str) -> str:  # noqa: D102
        return f"sha256({text})"

    def number_of(self, digest: str, digits: int) -> str:  # noqa: D102
        return f"CAST('0x' || left({digest}, {digits}) AS BIGINT)"

    def hex(self, binary: str) -> str:  # noqa: D102
        return f"hex({binary})"

    def octets(self, text: str) -> str:  # noqa: D102
        return f"strlen({text})"

    def replaced(self, text: str, pattern: str, group: int | None) -> str:  # noqa: D102
        by = f"\\{group}" if group else ""
        return f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')"

    def microseconds(self, timestamp: str) -> str:  # noqa: D102
        return f"epoch_us({timestamp})"

    def days(self, date: str) -> str:  # noqa: D102
        return f"({date} - DATE '1970-01-01')"

    def of_day(self, time: str) -> str:  # noqa: D102
        return f"epoch_us({time})"

    def double(self, value: str) -> str:  # noqa: D102
        # Short, for it is bound anew for each file: of 1e15 to 1e16 the notation may be another one than MySQL's.
        text = self.text(f"CAST({value} AS DOUBLE)")
        digits, zeros = (
            f"replace(split_part({text}, 'e-', 1), '.', '')",
            f"CAST(split_part({text}, 'e-', 2) AS INTEGER)",
        )
        fits = f"{zeros} < 16 AND length({digits}) + {zeros} < {_SIGNS}"
        sign = f"CASE WHEN {value} < 0 THEN '-0.' ELSE '0.' END"
        small = f"{sign} || repeat('0', {zeros} - 1) || ltrim({digits}, '-')"
        return (
            f"CASE WHEN {text} LIKE '%e-%' THEN CASE WHEN {fits} THEN {small} ELSE replace({text}, 'e-0', 'e-') END "
            f"WHEN {value} = 0 THEN '0' WHEN {text} LIKE '%.0' THEN left({text}, length({text}) - 2) "
            f"ELSE replace({text}, 'e+', 'e') END"
        )


class Athena(Dialect):
    """Amazon Athena, engine version 3 (Trino)."""

    wide = "DECIMAL(20, 0)"

    def sha256(self, text: str) -> str:  # noqa: D102
        return f"lower(to_hex(sha256(to_utf8({text}))))"

    def number_of(self, digest: str, digits: int) -> str:  # noqa: D102
        return f"from_base(substr({digest}, 1, {digits}), 16)"

    def hex(self, binary: str) -> str:  # noqa: D102
        return f"to_hex({binary})"

    def octets(self, text: str) -> str:  # noqa: D102
        return f"length(to_utf8({text}))"

    def replaced(self, text: str, pattern: str, group: int | None) -> str:  # noqa: D102
        return f"regexp_replace({text}, {literal(pattern)}, {literal(f'${group}' if group else '')})"

    def microseconds(self, timestamp: str) -> str:  # noqa: D102
        return f"CAST(round(to_unixtime({timestamp}) * 1000000) AS BIGINT)"

    def days(self, date: str) -> str:  # noqa: D102
        return f"date_diff('day', DATE '1970-01-01', {date})"

    def of_day(self, time: str) -> str:  # noqa: D102
        return f"(date_diff('millisecond', TIME '00:00:00', {time}) * 1000)"

    def joined(self, pieces: Sequence[str]) -> str:  # noqa: D102
        # A function takes 127 arguments, and what is compiled into one method is limited; a lambda has its own.
        if len(pieces) > _PORTION:
            portions = [pieces[at : at + _PORTION] for at in range(0, len(pieces), _PORTION)]
            pieces = [
                f"element_at(transform(ARRAY['|'], {_BAR} -> concat_ws({_BAR}, {', '.join(some)})), 1)"
                for some in portions
            ]
        return super().joined(pieces)

    def double(self, value: str) -> str:  # noqa: D102
        # Always as 1.25E-1 here.
        text = self.text(f"CAST({value} AS DOUBLE)")
        digits = self.replaced(f"regexp_extract({text}, '[0-9.]+')", r"\.|0+$", None)
        parts = f"CAST(ROW({value} < 0, {digits}, regexp_extract({text}, '-?[0-9]+$')) AS {_PARTS})"
        number = f"CASE WHEN p.digits = '' THEN '0' ELSE {_AS_MYSQL} END"
        return f"element_at(transform(ARRAY[{parts}], p -> {number}), 1)"
