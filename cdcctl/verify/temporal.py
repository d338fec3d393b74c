"""MySQL's temporal texts as plain numbers: days, and microseconds of an instant or a span.

MySQL knows dates that Python's datetime does not (0000-00-00, 2020-00-15, year 0) and times beyond a day, so this is
integer arithmetic on the proleptic Gregorian calendar, the one java.time uses too.
"""

from __future__ import annotations

import re
from functools import lru_cache

MICROSECONDS_A_DAY = 86_400_000_000


@lru_cache(maxsize=65536)
def days(date: str) -> int | None:
    """Days from 1970-01-01 to ``YYYY-MM-DD``; None for a zero date or one with a zero month or day."""
    year, month, day = int(date[:-6]), int(date[-5:-3]), int(date[-2:])
    if not month or not day:
        return None
    # Civil-to-days with the year starting in March, so that the leap day is its last.
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def instant(text: str) -> int | None:
    """Microseconds from 1970-01-01 to ``YYYY-MM-DD hh:mm:ss[.ffffff]``; None for a zero date."""
    date = days(text[:10])
    if date is None:
        return None
    return date * MICROSECONDS_A_DAY + _of_day(text[11:])


def span(text: str) -> int:
    """Microseconds of a TIME, ``[-]h…h:mm:ss[.ffffff]``."""
    return -_of_day(text[1:]) if text.startswith("-") else _of_day(text)


def iso_instant(text: str) -> int | None:
    """Microseconds of an ISO 8601 text in UTC (ZonedTimestamp, IsoTimestamp of Debezium), else None."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?Z?", text)
    return instant(f"{found[1]} {found[2]}{found[3] or ':00'}") if found else None


def _of_day(time: str) -> int:
    hours, minutes, seconds = time.split(":")
    whole, _, fraction = seconds.partition(".")
    micros = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1_000_000 + micros
