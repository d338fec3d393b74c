"""Runs deploys in processes of their own, each to be killed after some API call: ``python deploy_child.py ENDPOINT``.

Reads one JSON object a line, ``{"pipeline": overlay, "source": content, "sink": content, "kill_after": N or null,
"every_call": bool, "command": "deploy" or "destroy", "told": members of Told}``, and answers with one,
``{"killed": bool, "error": text or null, "calls": [operation, …]}``. With ``"kafka": true`` changes in Kafka count
instead, once the brokers have confirmed them.
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
from cdcctl.deploy.destroy import executor
from cdcctl.deploy.destroy.command import destroy
from cdcctl.deploy.destroy.standing import Told
from cdcctl.kafka.cluster import Cluster
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


class Killer:
    """Tells of each call, and ends the process after the one that was asked for."""

    def __init__(self, left: int | None, writing: int) -> None:
        self._left = left
        self._writing = writing

    def __call__(self, operation: str, *, counts: bool = True) -> None:
        os.write(self._writing, f"{operation}\n".encode())
        if self._left is not None and counts:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch_aws(self, made: Any, *, every_call: bool) -> None:
        """After each request."""
        sent = threading.local()

        def sending(request: Any, **_: Any) -> None:
            sent.url = request.url

        def answered(event_name: str, **_: Any) -> None:
            operation = event_name.rpartition(".")[2]
            self(operation, counts=every_call or not (operation.startswith(READS) or "/journal/" in sent.url))

        made.events.register("before-send.*", sending)
        made.events.register("response-received.*", answered)

    def watch_kafka(self) -> None:
        """After each change that the brokers have confirmed."""
        for owner, name in ((Cluster, "delete"), (Cluster, "delete_groups"), (executor, "write")):
            self._wrap(owner, name)

    def _wrap(self, owner: Any, name: str) -> None:
        act = getattr(owner, name)

        def acting(*arguments: Any, **more: Any) -> None:
            act(*arguments, **more)
            self(name)

        setattr(owner, name, acting)


def deploy(endpoint: str, folder: Path, made: Any, job: dict[str, Any], writing: int) -> None:
    killer = Killer(job["kill_after"], writing)
    if job.get("kafka"):
        killer.watch_kafka()
    else:
        killer.watch_aws(made, every_call=job["every_call"])
    made_pipeline = pipeline(**{**PLACE, **job["pipeline"]})
    if job.get("command") == "destroy":
        told = Told(**job.get("told", {"schemas": True, "data": True}))
        destroy(made_pipeline, target_at(endpoint, made), told, lambda _text: None)
        return
    wanted = desired(made_pipeline, source_zip=job["source"], sink_zip=job["sink"], folder=folder)
    bring_about(wanted, target_at(endpoint, made), lambda _text: None, lambda _plan: None, Options())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
