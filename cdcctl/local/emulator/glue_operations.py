"""What all groups of registry operations share: the store, the lock, pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

from cdcctl.local.emulator.glue_store import Store, invalid

Request = dict[str, Any]
Reply = dict[str, Any]
_Self = TypeVar("_Self", bound="Operations")
_Item = TypeVar("_Item")

DEFAULT_PAGE = 25


class Operations:
    """Base of the operation groups."""

    def __init__(self, store: Store) -> None:
        self.store = store


def operation(method: Callable[[_Self, Request], Reply]) -> Callable[[_Self, Request], Reply]:
    """Run the operation alone and on a store that is up to date."""

    @wraps(method)
    def alone(self: _Self, request: Request) -> Reply:
        with self.store.lock:
            self.store.settle()
            return method(self, request)

    return alone


def page(items: Sequence[_Item], request: Request, key: Callable[[_Item], str]) -> tuple[list[_Item], str | None]:
    """One page of items in order of ``key``, and the token of the next.

    The token names the last item given out, so that deleting items between pages skips none.
    """
    ordered = sorted(items, key=key)
    if "NextToken" in request:
        last = _from_token(request["NextToken"])
        ordered = [item for item in ordered if key(item) > last]
    size = request.get("MaxResults", DEFAULT_PAGE)
    shown = ordered[:size]
    return shown, _to_token(key(shown[-1])) if len(ordered) > size else None


def _to_token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid("The NextToken is not valid.") from error
