"""FilterLogEvents of CloudWatch Logs by the prefix of the log streams' names, which moto takes and ignores.

All connectors of a pipeline have one log group: without the prefix one would be told of another one's errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from cdcctl.local.emulator.incoming import body_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPERATION = "FilterLogEvents"


class PrefixedLogEvents:
    """Answers FilterLogEvents like ``logs``, less the events of streams that were not asked for."""

    def __init__(self, logs: WSGIApplication) -> None:
        self._logs = logs

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        prefix = _prefix(body_of(environ))
        response = Response.from_app(self._logs, environ, buffered=True)
        if prefix and response.status_code == 200:
            answer = json.loads(response.get_data())
            answer["events"] = [each for each in answer["events"] if each["logStreamName"].startswith(prefix)]
            response.set_data(json.dumps(answer))
        return response(environ, start_response)


def _prefix(body: bytes) -> str:
    try:
        return str(json.loads(body).get("logStreamNamePrefix", ""))
    except (ValueError, AttributeError):  # moto says what is wrong with it
        return ""
