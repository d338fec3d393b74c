"""What connectors, custom plugins and worker configurations of the emulated MSK Connect have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Generic, Protocol, TypeVar

from cdcctl.local.account import ACCOUNT
from cdcctl.local.emulator.protocol import ApiError


class Resource(Protocol):
    """Something with a name of its own and an ARN."""

    @property
    def name(self) -> str:
        """The name, unique among resources of its kind."""

    @property
    def arn(self) -> str:
        """The ARN."""


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Kind:
    """A kind of resource: as ARNs spell it, and as messages do."""

    arn: str
    words: str


class Shelf(Generic[R]):
    """The resources of one kind. The caller holds the lock that all kinds share."""

    def __init__(self, kind: Kind, region: str) -> None:
        self._kind = kind
        self._region = region
        self._items: dict[str, R] = {}

    def new_arn(self, name: str, identifier: str) -> str:
        """An ARN for a resource that is about to be made."""
        return f"arn:aws:kafkaconnect:{self._region}:{ACCOUNT}:{self._kind.arn}/{name}/{identifier}"

    def put(self, item: R) -> None:
        """Add a resource.

        :raises ApiError: 409, the name is taken.
        """
        if any(each.name == item.name for each in self._items.values()):
            raise ApiError("ConflictException", f"A {self._kind.words} with the name {item.name} already exists.")
        self._items[item.arn] = item

    def get(self, arn: str) -> R:
        """:raises ApiError: 404, there is no such resource."""
        item = self._items.get(arn)
        if item is None:
            raise ApiError("NotFoundException", f"The {self._kind.words} {arn} does not exist.")
        return item

    def drop(self, arn: str) -> None:
        """Remove a resource, if it is there."""
        self._items.pop(arn, None)

    def __iter__(self) -> Iterator[R]:
        """All of them, oldest first."""
        return iter(list(self._items.values()))


def new_identifier() -> str:
    """The last part of an ARN."""
    return f"{uuid.uuid4()}-1"


def page(
    key: str, items: Iterable[R], prefix: str, request: dict[str, Any], summary: Callable[[R], Any]
) -> dict[str, Any]:
    """One page of those whose names start with ``prefix``; ``nextToken`` is the position of the next."""
    found = [item for item in items if item.name.startswith(prefix)]
    token = request.get("nextToken", "0")
    if not token.isascii() or not token.isdigit():
        raise ApiError("BadRequestException", "The nextToken is not valid.")
    start = int(token)
    end = start + request.get("maxResults", 100)
    answer: dict[str, Any] = {key: [summary(item) for item in found[start:end]]}
    if end < len(found):
        answer["nextToken"] = str(end)
    return answer


def bad_request(message: str) -> ApiError:
    """A 400."""
    return ApiError("BadRequestException", message)


def now() -> datetime:
    """The time, as resources record it."""
    return datetime.now(timezone.utc)
