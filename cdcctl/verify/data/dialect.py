"""The few functions whose names differ between the engines that read the lake. All other SQL is the same text."""

from __future__ import annotations

from abc import ABC, abstractmethod


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
        text = self.text(f"CAST({value} AS DOUBLE)")
        number = f"regexp_extract({text}, '[0-9.]+')"
        digits = f"regexp_replace(replace({number}, '.', ''), '^0+|0+$', '', 'g')"
        # Where it has no e it is 1e15 or more, or one of those below 0.001 that are too long.
        exponent = (
            f"CASE WHEN {text} LIKE '%e%' THEN CAST(regexp_extract({text}, '[0-9]+$') AS INTEGER) "
            f"* CASE WHEN {text} LIKE '%e-%' THEN -1 ELSE 1 END "
            f"WHEN abs({value}) < 1 THEN -4 ELSE CAST(strpos({number}, '.') AS INTEGER) - 2 END"
        )
        # Only for these: patterns cost more than all the rest of a row.
        otherwise = f"{text} LIKE '%e%' OR length({text}) > {_SIGNS} OR abs({value}) >= 1e15"
        return (
            f"CASE WHEN {otherwise} THEN {_as_mysql(f'{value} < 0', digits, exponent)} "
            f"WHEN {value} = 0 THEN '0' WHEN {text} LIKE '%.0' THEN left({text}, length({text}) - 2) ELSE {text} END"
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

    def double(self, value: str) -> str:  # noqa: D102
        # Always as 1.25E-1 here.
        text = self.text(f"CAST({value} AS DOUBLE)")
        digits = self.replaced(f"regexp_extract({text}, '[0-9.]+')", r"\.|0+$", None)
        parts = f"CAST(ROW({value} < 0, {digits}, regexp_extract({text}, '-?[0-9]+$')) AS {_PARTS})"
        number = f"CASE WHEN p.digits = '' THEN '0' ELSE {_as_mysql('p.negative', 'p.digits', 'p.exponent')} END"
        return f"element_at(transform(ARRAY[{parts}], p -> {number}), 1)"


_PARTS = "ROW(negative BOOLEAN, digits VARCHAR, exponent INTEGER)"
# As many has the text of a double in MySQL at the most.
_SIGNS = 22


def _as_mysql(negative: str, digits: str, exponent: str) -> str:
    """A double as MySQL writes it (my_gcvt in strings/dtoa.cc): 0.00125 where there is room for it, else 1.25e-3.

    A negative one whose last digits have no room at all loses them in MySQL, and differs here.

    :param digits: the expression of its digits, without zeros at either end.
    :param exponent: that of its first digit.
    """
    sign = f"CASE WHEN {negative} THEN '-' ELSE '' END"
    whole = f"rpad({digits}, {exponent} + 1, '0')"
    mixed = f"substr({digits}, 1, {exponent} + 1) || '.' || substr({digits}, {exponent} + 2)"
    small = f"'0.' || lpad({digits}, CAST(length({digits}) AS INTEGER) - {exponent} - 1, '0')"
    signs = f"length({digits}) - {exponent} + CASE WHEN {negative} THEN 2 ELSE 1 END"
    fraction = f"CASE WHEN length({digits}) > 1 THEN '.' || substr({digits}, 2) ELSE '' END"
    return (
        f"{sign} || CASE WHEN {exponent} BETWEEN 0 AND 14 AND length({digits}) <= {exponent} + 1 THEN {whole} "
        f"WHEN {exponent} >= 0 AND length({digits}) > {exponent} + 1 THEN {mixed} "
        f"WHEN {exponent} BETWEEN -15 AND -1 AND {signs} <= {_SIGNS} THEN {small} "
        f"ELSE substr({digits}, 1, 1) || {fraction} || 'e' || CAST({exponent} AS VARCHAR) END"
    )
