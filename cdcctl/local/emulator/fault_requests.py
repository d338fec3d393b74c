"""Strikes requests with faults: a WSGI application around all the emulated services.

A reply is lost after the operation has been carried out: the client gets a 500, as when a connection breaks in time
for the work and too early for the answer. A request that is cut off gets no answer at all: its connection ends, as when
the service or the network between is gone.
"""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from werkzeug.wrappers import Response

from cdcctl.local.emulator.faults import Fault, Faults, Kind
from cdcctl.local.emulator.incoming import OWN_CALLS, body_of, credential_service, operation_name
from cdcctl.local.emulator.protocol import load_model

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class _Words:
    """How a service says that it was asked too often, and that it has failed: error code, HTTP status."""

    throttle: tuple[str, int]
    failure: tuple[str, int]
    throttle_message: str = "Rate exceeded"


_WORDS = {
    "kafkaconnect": _Words(
        ("TooManyRequestsException", 429), ("InternalServerErrorException", 500), "Too Many Requests"
    ),
    "glue": _Words(("ThrottlingException", 400), ("InternalServiceException", 500)),
    "s3": _Words(("SlowDown", 503), ("InternalError", 500), "Please reduce your request rate."),
    "logs": _Words(("ThrottlingException", 400), ("ServiceUnavailableException", 500)),
    "secretsmanager": _Words(("ThrottlingException", 400), ("InternalServiceError", 500)),
}
_OTHER_WORDS = _Words(("ThrottlingException", 400), ("InternalFailure", 500))


class FaultyRequests:
    """Answers like ``application``, but for what a fault strikes.

    :param sleep: waits for some seconds.
    """

    def __init__(
        self, application: WSGIApplication, faults: Faults, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._application = application
        self._faults = faults
        self._sleep = sleep

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        fault = self._fault(environ) if self._faults.any_of_requests() else None
        if fault is None:
            return self._application(environ, start_response)
        if fault.spec.kind is Kind.SLOW:
            self._sleep(fault.delay)
            return self._application(environ, start_response)
        if fault.spec.kind is Kind.CUT_OFF:
            _hang_up(environ)
        if fault.spec.kind is Kind.LOST_REPLY:
            Response.from_app(self._application, environ, buffered=True).close()
        return refusal(credential_service(environ) or "s3", fault)(environ, start_response)

    def _fault(self, environ: WSGIEnvironment) -> Fault | None:
        service = credential_service(environ)
        if service is None or OWN_CALLS in environ.get("HTTP_USER_AGENT", ""):
            return None
        return self._faults.strikes_request(service, operation_name(service, environ), lambda text: _in(text, environ))


def _hang_up(environ: WSGIEnvironment) -> NoReturn:
    """End the connection without a word; werkzeug's server takes the error for a client that went away."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("cut off by a fault")


def refusal(service: str, fault: Fault) -> Response:
    """The reply of a service that refuses, in its protocol and its words."""
    words = _WORDS.get(service, _OTHER_WORDS)
    is_throttle = fault.spec.kind is Kind.THROTTLE
    code, status = words.throttle if is_throttle else words.failure
    if fault.spec.code:
        code, status = fault.spec.code, modelled_errors(service).get(fault.spec.code, status)
    said = words.throttle_message if is_throttle else "The service has failed."
    return _in_protocol(service, code, status, f"{said} (fault {fault.id})")


def modelled_errors(service: str) -> Mapping[str, int]:
    """The errors that the model of a service declares, with their HTTP statuses."""
    try:
        shapes = load_model(service).error_shapes
    except UnknownServiceError:  # signed under a name that is not the model's
        return {}
    return {shape.name: int((shape.metadata.get("error") or {}).get("httpStatusCode", 400)) for shape in shapes}


def _in_protocol(service: str, code: str, status: int, message: str) -> Response:
    protocol = _protocol(service)
    identifier = str(uuid.uuid4())
    if protocol in ("rest-xml", "query", "ec2"):
        inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = {
            "rest-xml": f"<Error>{inner}<RequestId>{identifier}</RequestId></Error>",
            "query": f"<ErrorResponse><Error>{inner}</Error><RequestId>{identifier}</RequestId></ErrorResponse>",
            "ec2": f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{identifier}</RequestID></Response>",
        }[protocol]
        return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', status=status, mimetype="application/xml")
    response = Response(
        json.dumps({"__type": code, "message": message, "Message": message}), status, mimetype="application/json"
    )
    response.headers["x-amzn-ErrorType"] = code
    response.headers["x-amzn-RequestId"] = identifier
    return response


def _protocol(service: str) -> str:
    try:
        return str(load_model(service).metadata["protocol"])
    except UnknownServiceError:
        return "json"


def _in(text: str, environ: WSGIEnvironment) -> bool:
    """Whether a request has the text in its path, its query or, where that is JSON, its body."""
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ.get("PATH_INFO", "")
    if text in unquote(target):
        return True
    return "json" in environ.get("CONTENT_TYPE", "") and text.encode() in body_of(environ)
