"""Which servers the pipeline can be proven with: MySQL 8.0 or later, never MariaDB."""

from __future__ import annotations

import re

OLDEST = (8, 0)


def refusal(version: str) -> str | None:
    """Why the server that calls itself ``version`` cannot be used, or None when it can.

    :param version: what ``mysqld --version`` or ``SELECT VERSION()`` says, with or without further words.
    """
    if "mariadb" in version.lower():
        return f"it is MariaDB ({version}), which Debezium's MySQL connector does not support"
    numbers = re.search(r"(\d+)\.(\d+)\.\d+", version)
    if numbers is None:
        return f"it does not say which MySQL it is ({version or 'no version'})"
    if (int(numbers[1]), int(numbers[2])) < OLDEST:
        return f"MySQL {numbers[0]} is older than {OLDEST[0]}.{OLDEST[1]}"
    return None


def number(version: str) -> str:
    """The version itself (``9.7.4-2``) out of the line that ``mysqld --version`` prints."""
    found = re.search(r"\bVer (\S+)", version)
    return found[1] if found else version.strip()
