"""Finds the operation of a ``rest-json`` request and the members that travel in its path and query.

Works on the path as sent, not as WSGI decodes it: an ARN holds slashes, which clients send as ``%2F``, and only the
encoded form tells them from the slashes of the route.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from botocore.model import OperationModel, ServiceModel
from werkzeug.wrappers import Request


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    path_members: tuple[str, ...]
    operation: OperationModel


class RestRoutes:
    """All routes of one service, built from the http traits of its model."""

    def __init__(self, model: ServiceModel) -> None:
        self._routes = [_route(model.operation_model(name)) for name in model.operation_names]

    def match(self, request: Request) -> tuple[OperationModel, dict[str, Any]] | None:
        """The operation and its members from path and query, or ``None`` when no route fits."""
        sent = raw_path(request)
        for route in self._routes:
            found = route.path.fullmatch(sent)
            if found and route.method == request.method:
                bound = {name: unquote(text) for name, text in zip(route.path_members, found.groups(), strict=True)}
                return route.operation, bound | _query_members(request, route.operation)
        return None


def raw_path(request: Request) -> str:
    """The path still percent-encoded. WSGI has no standard key for it; werkzeug's server sets REQUEST_URI."""
    target = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI")
    return urlsplit(target).path if target else quote(request.path)


def _route(operation: OperationModel) -> _Route:
    _require_simple_traits(operation)
    template = operation.http["requestUri"].partition("?")[0]
    labels = re.findall(r"\{([^}+]+)\+?\}", template)
    pattern = "".join(_path_pattern(part) for part in re.split(r"(\{[^}]+\})", template))
    by_label = _members_at(operation, "uri")
    return _Route(operation.http["method"], re.compile(pattern), tuple(by_label[label] for label in labels), operation)


def _path_pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return "(.+)" if part.endswith("+}") else "([^/]+)"


def _members_at(operation: OperationModel, location: str) -> dict[str, str]:
    """Name on the wire → name of the member, for the input members that travel there."""
    if operation.input_shape is None:
        return {}
    return {
        member.serialization.get("name", name): name
        for name, member in operation.input_shape.members.items()
        if member.serialization.get("location") == location
    }


def _query_members(request: Request, operation: OperationModel) -> dict[str, Any]:
    shapes: dict[str, Any] = dict(operation.input_shape.members) if operation.input_shape else {}
    return {
        member: _converted(request.args.getlist(wire_name), shapes[member])
        for wire_name, member in _members_at(operation, "querystring").items()
        if wire_name in request.args
    }


def _converted(texts: list[str], shape: Any) -> Any:
    """Query texts in the member's type; what does not convert stays text and fails validation with its value."""
    if shape.type_name == "list":
        return [_converted([text], shape.member) for text in texts]
    text = texts[-1]
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if shape.type_name in ("integer", "long") and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return text


def _require_simple_traits(operation: OperationModel) -> None:
    """The services emulated here use no header members and no payload member; say so instead of dropping one."""
    for shape in filter(None, (operation.input_shape, operation.output_shape)):
        places = {member.serialization.get("location") for member in shape.members.values()}
        if "payload" in shape.serialization or places & {"header", "headers", "statusCode"}:
            raise NotImplementedError(f"{operation.name} has members in headers or a payload member")
