"""UpdateTable of the Glue Data Catalog as optimistic locking: only of the version that the caller has read.

moto takes ``VersionId`` and ignores it. Of two commits to an Iceberg table at the same moment, such as rows by the
sink's coordinator and a new column by its writer, one would be lost with all of its rows. Glue refuses the later one
with ConcurrentModificationException, and Iceberg carries it out again on what is there by then.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from cdcctl.local.emulator.incoming import body_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPERATION = "UpdateTable"


class VersionedTables:
    """Answers UpdateTable like ``glue``, one after the other, and refuses versions that are no longer the latest."""

    def __init__(self, glue: WSGIApplication) -> None:
        self._glue = glue
        self._updating = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        wanted = _document(body_of(environ))
        with self._updating:
            latest = self._latest(environ, wanted) if "VersionId" in wanted else None
            if latest is not None and latest != wanted["VersionId"]:
                return _refusal(latest)(environ, start_response)
            response = Response.from_app(self._glue, environ, buffered=True)
        return response(environ, start_response)

    def _latest(self, environ: WSGIEnvironment, wanted: dict[str, Any]) -> str | None:
        """The version of the table; None where moto is to say what is wrong."""
        asked = {"DatabaseName": wanted.get("DatabaseName"), "Name": wanted.get("TableInput", {}).get("Name")}
        body = json.dumps(asked).encode()
        changes = {
            "HTTP_X_AMZ_TARGET": "AWSGlue.GetTable",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        response = Response.from_app(self._glue, {**environ, **changes}, buffered=True)
        if response.status_code != 200:
            return None
        return str(json.loads(response.get_data())["Table"]["VersionId"])


def _refusal(latest: str) -> Response:
    message = f"Update table failed due to concurrent modifications: the table is at version {latest}."
    answer = {"__type": "ConcurrentModificationException", "Message": message}
    return Response(json.dumps(answer), 400, {"x-amzn-errortype": answer["__type"]}, "application/x-amz-json-1.1")


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:  # moto says what is wrong with it
        return {}
    return found if isinstance(found, dict) else {}
