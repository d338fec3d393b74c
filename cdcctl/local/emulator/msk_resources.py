"""What connectors, custom plugins and worker configurations of the emulated MSK Connect have in common."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Generic, Protocol, TypeVar

from cdcctl.local.account import ACCOUNT
from cdcctl.local.emulator.protocol import ApiError


class Resource(Protocol):
    """Something with a name and tags of its own and an ARN."""

    tags: dict[str, str]

    @property
    def name(self) -> str:
        """The name, unique among resources of its kind."""

    @property
    def arn(self) -> str:
        """The ARN."""


R = TypeVar("R", bound=Resource)
T = TypeVar("T")


@dataclass(frozen=True)
class Kind:
    """A kind of resource: as ARNs spell it, as messages do, and how many an account may have."""

    arn: str
    words: str
    limit: int | None = None


class Shelf(Generic[R]):
    """The resources of one kind. The caller holds the lock that all kinds share."""

    def __init__(self, kind: Kind, region: str) -> None:
        self._kind = kind
        self._region = region
        self._items: dict[str, tuple[int, R]] = {}
        self._made = 0
        self._gone_at: dict[str, float] = {}

    def new_arn(self, name: str, identifier: str) -> str:
        """An ARN for a resource that is about to be made."""
        return f"arn:aws:kafkaconnect:{self._region}:{ACCOUNT}:{self._kind.arn}/{name}/{identifier}"

    def put(self, item: R) -> None:
        """Add a resource.

        :raises ApiError: 409, the name is taken; 429, there are as many as an account may have.
        """
        items = self._present()
        if any(each.name == item.name for each in self):
            raise ApiError("ConflictException", f"A {self._kind.words} with the name {item.name} already exists.")
        if self._kind.limit is not None and len(items) >= self._kind.limit:
            raise limit_reached(f"{self._kind.limit} {self._kind.words}s")
        self._made += 1
        items[item.arn] = (self._made, item)

    def get(self, arn: str) -> R:
        """:raises ApiError: 404, there is no such resource."""
        found = self._present().get(arn)
        if found is None:
            raise ApiError("NotFoundException", f"The {self._kind.words} {arn} does not exist.")
        return found[1]

    def drop(self, arn: str, after: float = 0.0) -> None:
        """Remove a resource, if it is there, some seconds from now."""
        self._gone_at.setdefault(arn, time.monotonic() + after)

    def clear(self) -> None:
        """Remove all at once."""
        self._items.clear()
        self._gone_at.clear()

    def numbered(self, prefix: str = "") -> list[tuple[int, R]]:
        """Those whose names start with ``prefix``, each with a number that never comes back, oldest first."""
        return [(number, item) for number, item in self._present().values() if item.name.startswith(prefix)]

    def __iter__(self) -> Iterator[R]:
        """All of them, oldest first."""
        return iter([item for _, item in self._present().values()])

    def _present(self) -> dict[str, tuple[int, R]]:
        now = time.monotonic()
        for arn in [arn for arn, moment in self._gone_at.items() if moment <= now]:
            del self._gone_at[arn]
            self._items.pop(arn, None)
        return self._items


def new_identifier() -> str:
    """The last part of an ARN."""
    return f"{uuid.uuid4()}-1"


def page(
    key: str,
    numbered: Sequence[tuple[int, T]],
    request: dict[str, Any],
    summary: Callable[[T], Any],
    *,
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page of numbered items; ``nextToken`` is the number of the last one shown.

    So a page neither skips nor repeats anything when something was added or removed after the one before.

    :param numbered: in the order of their numbers.
    """
    token = request.get("nextToken")
    if token is not None and not (token.isascii() and token.isdigit()):
        raise bad_request("The nextToken is not valid.")
    left = list(reversed(numbered)) if newest_first else list(numbered)
    if token is not None:
        left = [each for each in left if (each[0] < int(token) if newest_first else each[0] > int(token))]
    shown = left[: request.get("maxResults", 100)]
    answer: dict[str, Any] = {key: [summary(item) for _, item in shown]}
    if len(shown) < len(left):
        answer["nextToken"] = str(shown[-1][0])
    return answer


def bad_request(message: str) -> ApiError:
    """A 400."""
    return ApiError("BadRequestException", message)


def limit_reached(what: str) -> ApiError:
    """A 429, which in this API also stands for an exhausted quota."""
    return ApiError("TooManyRequestsException", f"Limit exceeded. Resource limit reached: {what}.")


def require_first_revision(revision: int, what: str) -> None:
    """No operation makes a second revision of a custom plugin or worker configuration.

    :raises ApiError: 404, another revision is named.
    """
    if revision != 1:
        raise ApiError("NotFoundException", f"Revision {revision} of the {what} does not exist.")


def now() -> datetime:
    """The time, as resources record it."""
    return datetime.now(timezone.utc)
