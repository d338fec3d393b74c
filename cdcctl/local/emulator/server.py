"""One loopback port for all of AWS: our two services where moto has none or a wrong one, moto for the rest.

A request's service is read from its SigV4 credential scope, which every SDK sends and nothing checks. ``kafkaconnect``
and the Schema Registry half of ``glue`` are ours; S3, Logs, Secrets Manager, the Data Catalog half of Glue and whatever
else moto knows go to moto, which loads a service when it is first asked for.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import make_server as make_wsgi_server
from werkzeug.wrappers import Response

from cdcctl.local.emulator.glue_registry import OPERATIONS, TAG_OPERATIONS
from cdcctl.local.emulator.protocol import AwsApplication

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH_PATH = "/_cdcctl/health"
MOTO_RESET_PATH = "/moto-api/reset"
_CREDENTIAL_SERVICE = re.compile(r"Credential=[^/,]+/\d{8}/[^/,]+/([^/,]+)/aws4_request")
_REGISTRY_ARN = re.compile(rb"arn:aws[a-z-]*:glue:[^:\"]*:[^:\"]*:(registry|schema)/")


class RegistryApi(Protocol):
    """The registry as the endpoint needs it: an API object that can forget everything."""

    def reset(self) -> None:
        """Forget everything."""


class AwsEndpoint:
    """The WSGI application behind the port.

    :param glue_registry: API object of the Schema Registry.
    :param msk_connect: API object of MSK Connect; without one its operations answer that they are not emulated.
    """

    def __init__(self, glue_registry: RegistryApi, msk_connect: object | None = None) -> None:
        self._registry = glue_registry
        self._glue = AwsApplication("glue", glue_registry)
        self._msk_connect = AwsApplication("kafkaconnect", msk_connect)
        self._moto: WSGIApplication = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to the application it belongs to."""
        path = environ.get("PATH_INFO", "")
        if path == HEALTH_PATH:
            return _json({"status": "ok"})(environ, start_response)
        if path == MOTO_RESET_PATH:
            self._registry.reset()
        return self._application(environ)(environ, start_response)

    def _application(self, environ: WSGIEnvironment) -> WSGIApplication:
        service = credential_service(environ)
        if service == "kafkaconnect":
            return self._msk_connect
        if service == "glue" and _is_for_registry(environ):
            return self._glue
        _read_body(environ)
        return self._moto


class _QuietHandler(MotoRequestHandler):
    """moto's handler without a line for every request, and without Nagle's delay on the small replies."""

    disable_nagle_algorithm = True

    def log_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Say nothing; errors are still logged."""


def make_server(
    host: str, port: int, *, glue_registry: RegistryApi, msk_connect: object | None = None
) -> BaseWSGIServer:
    """A bound server that does not serve yet; port 0 takes a free one, which is then its ``server_port``."""
    endpoint = AwsEndpoint(glue_registry, msk_connect)
    return make_wsgi_server(host, port, endpoint, threaded=True, request_handler=_QuietHandler)


def serve(host: str, port: int, *, glue_registry: RegistryApi, msk_connect: object | None = None) -> None:
    """Serve until the process ends. The port accepts requests once this has begun; ask :data:`HEALTH_PATH`."""
    make_server(host, port, glue_registry=glue_registry, msk_connect=msk_connect).serve_forever()


def credential_service(environ: WSGIEnvironment) -> str | None:
    """The service a request was signed for, or ``None`` when it was not signed in its headers."""
    found = _CREDENTIAL_SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found.group(1).lower() if found else None


def _is_for_registry(environ: WSGIEnvironment) -> bool:
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return name in OPERATIONS or (name in TAG_OPERATIONS and _REGISTRY_ARN.search(_read_body(environ)) is not None)


def _read_body(environ: WSGIEnvironment) -> bytes:
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


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")
