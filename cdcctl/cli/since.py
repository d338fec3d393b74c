"""What ``--since`` takes, in every command that has it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from cdcctl.errors import UsageError

_SPAN = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> datetime:
    """``15m``, ``2h``, ``1d`` (ago) or a time as ISO 8601 has it; one without a zone is in UTC.

    :raises UsageError: it is neither, or still to come.
    """
    now = datetime.now(timezone.utc)
    try:
        if span := _SPAN.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        # Python 3.10 does not know Z.
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        found = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        # A zone may move a time out of what a datetime holds.
        found = found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise UsageError(f"--since {text} is no time", hint="give 90m, 2h, 1d or 2026-01-31T12:00:00Z") from None
    if found > now:
        raise UsageError(f"--since {text} is still to come", hint="without a zone a time is UTC")
    return found
