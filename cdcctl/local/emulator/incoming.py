"""What a request says about itself: its service, its operation, its body."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from cdcctl.local.emulator.protocol import load_model
from cdcctl.local.emulator.rest_routes import RestRoutes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OWN_CALLS = "cdcctl-emulator"
"""Part of the user agent of what the emulator itself asks other services."""

# Services that sign their requests with another name than boto3 has for them.
_SIGNED_AS = {"monitoring": "cloudwatch"}
_CREDENTIAL_SERVICE = re.compile(r"Credential=[^/,]+/\d{8}/[^/,]+/([^/,]+)/aws4_request")


def credential_service(environ: WSGIEnvironment) -> str | None:
    """The service a request was signed for, by boto3's name; ``None`` when it was not signed in its headers."""
    found = _CREDENTIAL_SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    name = found.group(1).lower() if found else None
    return _SIGNED_AS.get(name, name) if name else None


def operation_name(service: str, environ: WSGIEnvironment) -> str:
    """The operation that a request asks of a service; "" when it cannot be told."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if target:
        return str(target)
    if service == "kafkaconnect":
        found = _routes(service).match(Request(environ))
        return str(found[0].name) if found else ""
    if service == "s3":
        return _s3_operation(environ)
    if "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        return parse_qs(body_of(environ).decode(errors="replace")).get("Action", [""])[0]
    return ""


def body_of(environ: WSGIEnvironment) -> bytes:
    """The body, left in place for whoever answers.

    Also for speed: moto would have werkzeug gather it in pieces of 64 kB, which is more than half the time of a large
    PutObject. ``wsgi.input_terminated`` says that the stream ends with the body, so that it is taken in one piece.
    """
    if "CONTENT_LENGTH" not in environ:  # chunked: werkzeug's server has marked it as ending by itself
        return b""
    body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    return body


@cache
def _routes(service: str) -> RestRoutes:
    return RestRoutes(load_model(service))


def _s3_operation(environ: WSGIEnvironment) -> str:
    try:
        operation, _ = get_service_router("s3").match(MotoRequest(environ))
    except HTTPException:
        return ""
    return str(operation.name)
