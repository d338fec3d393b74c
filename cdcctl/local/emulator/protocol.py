"""Serves an AWS API from its botocore model, so that an emulated service is an object with one method an operation.

The model says how a request travels (``json``: X-Amz-Target and a JSON body; ``rest-json``: path, query and body), what
is valid, and how errors look. Both directions are checked against it: a bad request gets the service's validation
error, a bad response is our bug and becomes a 500 with a log line, so that no test can pass on a reply that AWS would
never send.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from werkzeug.wrappers import Request, Response

from cdcctl.local.emulator.constraints import known_members, unknown_members, violations
from cdcctl.local.emulator.rest_routes import RestRoutes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)


class ApiError(Exception):
    """An error the emulated service answers with.

    :param code: the exception's name in the service model, like ``EntityNotFoundException``.
    :param status: HTTP status; when left out, the one the model gives this exception, else 400.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class _ErrorNames:
    """How a service calls the errors that every operation can end with."""

    validation: str
    internal: str


_ERROR_NAMES = {
    "glue": _ErrorNames("InvalidInputException", "InternalServiceException"),
    "kafkaconnect": _ErrorNames("BadRequestException", "InternalServerErrorException"),
}
_DEFAULT_ERROR_NAMES = _ErrorNames("ValidationException", "InternalFailure")


@cache
def load_model(service: str) -> ServiceModel:
    """The model of the installed botocore, which decides what the emulated API accepts."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


class AwsApplication:
    """WSGI application of one service.

    :param api: object with a method per operation, named like boto3's (``create_connector``), taking the parsed
        request and returning the response as a dict of the model's members. ``None`` members count as absent.
        It is called from many threads at once.
    :param model: the service's model; by default :func:`load_model` of ``service``.
    """

    def __init__(self, service: str, api: object, model: ServiceModel | None = None) -> None:
        self.service = service
        self._api = api
        self._model = model or load_model(service)
        self._error_names = _ERROR_NAMES.get(service, _DEFAULT_ERROR_NAMES)
        self._is_rest = self._model.metadata["protocol"] == "rest-json"
        self._routes = RestRoutes(self._model) if self._is_rest else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; never raises."""
        try:
            response = self._answer(Request(environ))
        except ApiError as error:
            response = self._refusal(error)
        except Exception:
            log.exception("%s: the emulator failed", self.service)
            response = self._refusal(ApiError(self._error_names.internal, "The emulator failed, see its log.", 500))
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        operation, members = self._parse(request)
        broken = violations(members, operation.input_shape) if operation.input_shape else []
        if broken:
            raise ApiError(self._error_names.validation, _sentence(broken))
        reply = self._method(operation)(members)
        return self._success(operation, reply)

    def _parse(self, request: Request) -> tuple[OperationModel, dict[str, Any]]:
        if self._routes:
            found = self._routes.match(request)
            if found is None:
                raise ApiError("UnknownOperationException", f"No operation for {request.method} {request.path}.", 404)
            operation, bound = found
        else:
            operation, bound = self._targeted(request), {}
        return operation, self._members(request, operation) | bound

    def _targeted(self, request: Request) -> OperationModel:
        prefix, _, name = request.headers.get("X-Amz-Target", "").rpartition(".")
        if prefix != self._model.metadata["targetPrefix"] or name not in self._model.operation_names:
            raise ApiError("UnknownOperationException", f"No operation for target '{prefix}.{name}'.")
        return self._model.operation_model(name)

    def _members(self, request: Request, operation: OperationModel) -> dict[str, Any]:
        text = request.get_data()
        if not text.strip() or operation.input_shape is None:
            return {}
        try:
            body = json.loads(text)
        except ValueError as error:
            raise ApiError("SerializationException", f"The body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise ApiError("SerializationException", "The body is not a JSON object.")
        return dict(known_members(body, operation.input_shape))

    def _method(self, operation: OperationModel) -> Callable[[dict[str, Any]], dict[str, Any]]:
        method = getattr(self._api, xform_name(operation.name), None)
        if method is None:
            # 501 because SDKs retry the other 5xx and would hide the cause behind a delay.
            raise ApiError(
                "UnsupportedOperationException", f"{self.service} {operation.name} is not emulated locally.", 501
            )
        return method  # type: ignore[no-any-return]

    def _success(self, operation: OperationModel, reply: dict[str, Any]) -> Response:
        shape = operation.output_shape
        if shape is None:
            return self._response({}, 200)
        strange = unknown_members(_without_none(reply), shape)
        body = known_members(reply, shape)
        broken = [f"{path} is not in the model" for path in strange] + violations(body, shape)
        if broken:
            log.error("invalid response of %s %s: %s", self.service, operation.name, "; ".join(broken))
            message = f"The emulator made an invalid {operation.name} response: {broken[0]}"
            raise ApiError(self._error_names.internal, message, 500)
        return self._response(_wire(body, shape), int(operation.http.get("responseCode", 200)))

    def _refusal(self, error: ApiError) -> Response:
        status = error.status or self._modelled_status(error.code)
        response = self._response({"message": error.message}, status)
        if self._is_rest:
            response.headers["x-amzn-ErrorType"] = error.code
        else:
            # botocore and the Java SDK look for either spelling; Glue's model has the capital one.
            fields = {"__type": error.code, "message": error.message, "Message": error.message}
            response.set_data(json.dumps(fields))
        return response

    def _modelled_status(self, code: str) -> int:
        for shape in self._model.error_shapes:
            if shape.name == code:
                return int((shape.metadata.get("error") or {}).get("httpStatusCode", 400))
        return 400

    def _response(self, body: dict[str, Any], status: int) -> Response:
        mimetype = "application/json" if self._is_rest else "application/x-amz-json-1.1"
        response = Response(json.dumps(body), status=status, mimetype=mimetype)
        response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
        return response


def _sentence(broken: list[str]) -> str:
    noun = "error" if len(broken) == 1 else "errors"
    return f"{len(broken)} validation {noun} detected: {'; '.join(broken)}"


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return value


def _wire(value: Any, shape: Any) -> Any:
    """The value as JSON carries it: only timestamps change."""
    if shape.type_name == "structure":
        return {name: _wire(item, shape.members[name]) for name, item in value.items()}
    if shape.type_name == "list":
        return [_wire(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: _wire(item, shape.value) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return _timestamp(value, shape)
    return value


def _timestamp(value: datetime, shape: Any) -> str | float:
    if shape.serialization.get("timestampFormat") == "iso8601":
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.timestamp()
