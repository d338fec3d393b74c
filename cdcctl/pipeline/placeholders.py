"""What an import could not know: the words it leaves in a pipeline file for somebody to fill in, and where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdcctl.documents import Steps

PLACEHOLDER = "fill-in"
# In the forms in which an import writes it; a table or a name of that word is none.
_LEFT = re.compile(
    rf"(subnet-)?{PLACEHOLDER}(\.invalid(:\d+)?)?|s3://{PLACEHOLDER}/.*|.*:role/{PLACEHOLDER}"
    rf"|.*\$\{{secretsmanager:{PLACEHOLDER}:.*",
    re.DOTALL,
)
# Raw property → the key that it takes the place of.
RAW_PLACES = {
    "iceberg.catalog.warehouse": "warehouse",
    "s3.bucket.name": "bucket",
    "aws.s3.bucket.name": "bucket",
    "database.hostname": "host",
    "database.password": "credentials",
}
_NAMES = ("name", "tables", "databases")


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one that is to be filled in."""
    return _LEFT.fullmatch(value) is not None


def placeholders(data: Any, path: Steps = ()) -> Iterator[Steps]:
    """The paths of all values of a pipeline file that are still to be filled in.

    A value that a raw property beside it takes the place of only stands there, and is left out.
    """
    if isinstance(data, str):
        if is_placeholder(data):
            yield path
    elif isinstance(data, Mapping):
        raw = data.get("properties")
        replaced = {RAW_PLACES.get(key) for key, value in raw.items() if value} if isinstance(raw, Mapping) else set()
        for key, value in data.items():
            if key not in replaced and key not in _NAMES:
                yield from placeholders(value, (*path, key))
    elif isinstance(data, (list, tuple)) and any(isinstance(each, str) and is_placeholder(each) for each in data):
        yield path
