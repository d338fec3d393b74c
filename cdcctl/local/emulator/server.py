"""One loopback port for all of AWS: our two services where moto has none or a wrong one, moto for the rest.

A request's service is read from its SigV4 credential scope, which every SDK sends and nothing checks. ``kafkaconnect``
and the Schema Registry half of ``glue`` are ours; S3, Logs, Secrets Manager, the Data Catalog half of Glue and whatever
else moto knows go to moto, which loads a service when it is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import make_server as make_wsgi_server
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from cdcctl.local.emulator.admin import ADMIN_PREFIX, Admin
from cdcctl.local.emulator.fault_requests import FaultyRequests
from cdcctl.local.emulator.faults import Faults
from cdcctl.local.emulator.glue_registry import OPERATIONS, TAG_OPERATIONS
from cdcctl.local.emulator.glue_tables import OPERATION as UPDATE_TABLE
from cdcctl.local.emulator.glue_tables import VersionedTables
from cdcctl.local.emulator.incoming import body_of, credential_service, operation_name
from cdcctl.local.emulator.log_events import OPERATION, PrefixedLogEvents
from cdcctl.local.emulator.protocol import AwsApplication

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOTO_RESET_PATH = "/moto-api/reset"
_REGISTRY_ARN = re.compile(rb"arn:aws[a-z-]*:glue:[^:\"]*:[^:\"]*:(registry|schema)/")


class Resettable(Protocol):
    """An API object that can forget everything."""

    def reset(self) -> None:
        """Forget everything."""


class AwsEndpoint:
    """The WSGI application behind the port.

    :param glue_registry: API object of the Schema Registry.
    :param msk_connect: API object of MSK Connect; without one its operations answer that they are not emulated.
    :param faults: what is to go wrong.
    """

    def __init__(
        self, glue_registry: Resettable, msk_connect: Resettable | None = None, faults: Faults | None = None
    ) -> None:
        faults = faults or Faults()
        self._ours = [each for each in (msk_connect, glue_registry) if each]
        self._glue = AwsApplication("glue", glue_registry)
        self._msk_connect = AwsApplication("kafkaconnect", msk_connect)
        self._moto: WSGIApplication = DomainDispatcherApplication(create_backend_app)
        self._log_events = PrefixedLogEvents(self._moto)
        self._tables = VersionedTables(self._moto)
        self._services = FaultyRequests(self._serve, faults)
        self._admin = Admin(faults, self._reset)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to the application it belongs to."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(ADMIN_PREFIX):
            return self._admin(environ, start_response)
        if path == MOTO_RESET_PATH:
            self._forget_ours()
        return self._services(environ, start_response)

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._application(environ)(environ, start_response)

    def _application(self, environ: WSGIEnvironment) -> WSGIApplication:
        service = credential_service(environ)
        if service == "kafkaconnect":
            return self._msk_connect
        if service == "glue" and _is_for_registry(environ):
            return self._glue
        if service == "glue" and operation_name(service, environ) == UPDATE_TABLE:
            return self._tables
        if service == "logs" and operation_name(service, environ) == OPERATION:
            return self._log_events
        body_of(environ)
        return self._moto

    def _forget_ours(self) -> None:
        for each in self._ours:
            each.reset()

    def _reset(self) -> None:
        """Forget everything, in moto's half too."""
        self._forget_ours()
        environ = EnvironBuilder(path=MOTO_RESET_PATH, method="POST").get_environ()
        Response.from_app(self._moto, environ, buffered=True).close()


class _QuietHandler(MotoRequestHandler):
    """moto's handler without a line for every request, and without Nagle's delay on the small replies."""

    disable_nagle_algorithm = True

    def log_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Say nothing; errors are still logged."""


def make_server(
    host: str,
    port: int,
    *,
    glue_registry: Resettable,
    msk_connect: Resettable | None = None,
    faults: Faults | None = None,
) -> BaseWSGIServer:
    """A bound server that does not serve yet; port 0 takes a free one, which is then its ``server_port``.

    It accepts requests once its ``serve_forever`` has begun; ask :data:`~cdcctl.local.emulator.admin.HEALTH_PATH`.
    """
    endpoint = AwsEndpoint(glue_registry, msk_connect, faults)
    return make_wsgi_server(host, port, endpoint, threaded=True, request_handler=_QuietHandler)


def _is_for_registry(environ: WSGIEnvironment) -> bool:
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return name in OPERATIONS or (name in TAG_OPERATIONS and _REGISTRY_ARN.search(body_of(environ)) is not None)
