"""Tags of the emulated MSK Connect's resources."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from cdcctl.local.emulator.msk_resources import Resource, Shelf, bad_request
from cdcctl.local.emulator.protocol import ApiError

# AWS General Reference, "Tag naming limits and requirements".
MAX_TAGS = 50
_RESERVED = "aws:"


class TagOperations:
    """TagResource, UntagResource and ListTagsForResource, whatever the kind of the resource.

    :param lock: shared by all kinds of resources.
    """

    def __init__(self, lock: threading.RLock, shelves: Iterable[Shelf[Any]]) -> None:
        self._lock = lock
        self._shelves = tuple(shelves)

    def tag(self, request: dict[str, Any]) -> dict[str, Any]:
        """TagResource: adds tags or gives them new values."""
        require_tags(request["tags"])
        with self._lock:
            tags = self._resource(request["resourceArn"]).tags
            if len(tags | request["tags"]) > MAX_TAGS:
                raise bad_request(f"A resource can have {MAX_TAGS} tags at most.")
            tags.update(request["tags"])
        return {}

    def untag(self, request: dict[str, Any]) -> dict[str, Any]:
        """UntagResource; unknown keys do no harm."""
        with self._lock:
            tags = self._resource(request["resourceArn"]).tags
            for key in request["tagKeys"]:
                tags.pop(key, None)
        return {}

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTagsForResource."""
        with self._lock:
            return {"tags": dict(self._resource(request["resourceArn"]).tags)}

    def _resource(self, arn: str) -> Resource:
        for shelf in self._shelves:
            for item in shelf:
                if item.arn == arn:
                    found: Resource = item
                    return found
        raise ApiError("NotFoundException", f"The resource {arn} does not exist.")


def require_tags(tags: dict[str, str]) -> None:
    """:raises ApiError: 400, a key is one of AWS's own, or there are too many."""
    if any(key.lower().startswith(_RESERVED) for key in tags):
        raise bad_request(f"Tag keys that start with {_RESERVED} are reserved.")
    if len(tags) > MAX_TAGS:
        raise bad_request(f"A resource can have {MAX_TAGS} tags at most.")
