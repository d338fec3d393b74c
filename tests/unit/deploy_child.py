"""Runs deploys in processes of their own, each to be killed after some API call: ``python deploy_child.py ENDPOINT``.

Reads one JSON object a line, ``{"pipeline": overlay, "source": content, "sink": content, "kill_after": N or null,
"every_call": bool, "command": "deploy" or "destroy"}``, and answers with one,
``{"killed": bool, "error": text or null, "calls": [operation, …]}``.
Everything heavy is loaded once; each deploy is a fork of this process, ended by SIGKILL when the answer to its N-th
request has arrived and nobody has looked at it yet. Requests that read, and those that write the journal, count only
with ``every_call``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from aws_place import PLACE, target_at
from deploy_world import desired, pipeline

from cdcctl.deploy.deployment import Options, bring_about
from cdcctl.deploy.destroy.command import destroy
from cdcctl.deploy.destroy.standing import Told
from cdcctl.local.account import session

READS = ("Describe", "Get", "Head", "List")
SERVICES = ("kafkaconnect", "s3", "glue", "logs", "sts")


def main(endpoint: str, folder: Path) -> None:
    made = session()
    # The service models are read once, before any fork.
    for service in SERVICES:
        made.client(service, endpoint_url=endpoint)
    for line in sys.stdin:
        print(json.dumps(run(endpoint, folder, made, json.loads(line))), flush=True)


def run(endpoint: str, folder: Path, made: Any, job: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            deploy(endpoint, folder, made, job, writing)
        except BaseException:
            os.write(writing, f"!{traceback.format_exc()}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as source:
        said = source.read()
    _, status = os.waitpid(child, 0)
    calls, _, error = said.partition("!")
    return {"killed": os.WIFSIGNALED(status), "error": error or None, "calls": calls.split()}


def deploy(endpoint: str, folder: Path, made: Any, job: dict[str, Any], writing: int) -> None:
    left = job["kill_after"]

    sent = threading.local()

    def sending(request: Any, **_: Any) -> None:
        sent.url = request.url

    def answered(event_name: str, **_: Any) -> None:
        nonlocal left
        operation = event_name.rpartition(".")[2]
        os.write(writing, f"{operation}\n".encode())
        changes = not operation.startswith(READS) and "/journal/" not in sent.url
        if left is not None and (job["every_call"] or changes):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    made.events.register("before-send.*", sending)
    made.events.register("response-received.*", answered)
    made_pipeline = pipeline(**PLACE, **job["pipeline"])
    if job.get("command") == "destroy":
        destroy(made_pipeline, target_at(endpoint, made), Told(schemas=True, data=True), lambda _text: None)
        return
    wanted = desired(made_pipeline, source_zip=job["source"], sink_zip=job["sink"], folder=folder)
    bring_about(wanted, target_at(endpoint, made), lambda _text: None, lambda _plan: None, Options())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
