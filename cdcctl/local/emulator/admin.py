"""The emulator's own endpoint, on a path that no AWS API has: health, faults, reset. JSON in, JSON out.

GET    /_cdcctl/health        {"status": "ok"}
GET    /_cdcctl/faults        {"faults": […]}
POST   /_cdcctl/faults        a fault; answers 201 with it, or 400 {"error": "…"}
DELETE /_cdcctl/faults        ends all; {"cleared": 2}
DELETE /_cdcctl/faults/ID     ends one, or 404
POST   /_cdcctl/reset         ends all faults, stops all connectors, forgets all resources of all services
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from werkzeug.wrappers import Request, Response

from cdcctl.local.emulator.fault_requests import modelled_errors
from cdcctl.local.emulator.faults import Faults, FaultSpec, InvalidFaultError
from cdcctl.local.emulator.protocol import load_model

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ADMIN_PREFIX = "/_cdcctl/"
HEALTH_PATH = f"{ADMIN_PREFIX}health"
FAULTS_PATH = f"{ADMIN_PREFIX}faults"
RESET_PATH = f"{ADMIN_PREFIX}reset"
# Whose models declare all errors they can answer with.
_DECLARE_ERRORS = ("kafkaconnect", "glue")


class Admin:
    """WSGI application of the admin endpoint.

    :param reset: forgets all resources.
    """

    def __init__(self, faults: Faults, reset: Callable[[], None]) -> None:
        self._faults = faults
        self._reset = reset

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path, method = request.path, request.method
        if (method, path) == ("GET", HEALTH_PATH):
            return _json({"status": "ok"})
        if (method, path) == ("POST", RESET_PATH):
            self._faults.clear()
            self._reset()
            return _json({})
        if path == FAULTS_PATH:
            return self._all_faults(request)
        if method == "DELETE" and path.startswith(f"{FAULTS_PATH}/"):
            identifier = path.rpartition("/")[2]
            cleared = self._faults.clear(identifier)
            return _json({"cleared": cleared}) if cleared else _error(f"there is no fault {identifier}", 404)
        return _error(f"there is no {method} {path}", 404)

    def _all_faults(self, request: Request) -> Response:
        if request.method == "GET":
            return _json({"faults": self._faults.described()})
        if request.method == "DELETE":
            return _json({"cleared": self._faults.clear()})
        if request.method != "POST":
            return _error(f"there is no {request.method} {request.path}", 404)
        try:
            spec = FaultSpec.parse(json.loads(request.get_data()))
            _require_known(spec)
        except ValueError as error:
            return _error(str(error), 400)
        fault = self._faults.set(spec)
        return _json(next(each for each in self._faults.described() if each["id"] == fault.id), 201)


def _require_known(spec: FaultSpec) -> None:
    """:raises InvalidFaultError: the service, its operation or its error does not exist."""
    if spec.service is None:
        return
    try:
        model = load_model(spec.service)
    except UnknownServiceError:
        raise InvalidFaultError(f"there is no service {spec.service!r}") from None
    if spec.operation is not None and spec.operation not in model.operation_names:
        raise InvalidFaultError(f"{spec.service} has no operation {spec.operation!r}")
    if spec.code is not None and spec.service in _DECLARE_ERRORS and spec.code not in modelled_errors(spec.service):
        raise InvalidFaultError(f"{spec.service} has no error {spec.code!r}")


def _error(message: str, status: int) -> Response:
    return _json({"error": message}, status)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")
