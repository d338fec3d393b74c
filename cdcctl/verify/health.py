"""What is wrong with a pipeline's connectors, and the reason in their own words."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from cdcctl.aws.connect_resources import Connector
from cdcctl.aws.logs import error_lines
from cdcctl.aws.metrics import last_changed
from cdcctl.aws.target import Target
from cdcctl.deploy.topics import dead_letter_topic
from cdcctl.errors import RemoteError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.findings import Finding, code_of
from cdcctl.verify.reasons import reasons
from cdcctl.verify.schemas import refusals

# Logs are delivered later than states.
_LOG_SECONDS = 10.0
_LAST_LINES = 6
# MSK Connect puts the worker's name before each line of its log.
_WORKER = re.compile(r"^\[Worker-[^\]]*\] ")


def unhealthy(pipeline: Pipeline, target: Target, connectors: Sequence[str] | None = None) -> list[Finding]:
    """What is wrong with the connectors, and with the registry where that is the reason.

    :param connectors: only these; all of the pipeline if None.
    """
    findings = []
    for name in names.connectors(pipeline) if connectors is None else connectors:
        slug = "source-stopped" if name == names.source_connector(pipeline) else "sink-stopped"
        connector = target.msk_connect.find_connector(name)
        if connector is None or connector.state != "RUNNING":
            findings.append(Finding(code_of(slug), detail=_why(pipeline, target, name, connector)))
        elif errored := _errored(target, connector):
            what = f"connector {name} is RUNNING, and {errored} of its tasks failed"
            findings.append(Finding(code_of(slug), detail=_with_log(what, _log(pipeline, target, name, connector))))
    return [*(refusals(pipeline, target) or reasons(findings)), *findings] if findings else []


def stalled(pipeline: Pipeline, target: Target, name: str, slug: str, seconds: float) -> Finding:
    """A connector that runs and nevertheless does not move."""
    connector = target.msk_connect.find_connector(name)
    detail = f"connector {name} is {connector.state if connector else 'gone'} and made no progress for {seconds:.0f} s"
    return Finding(code_of(slug), detail="\n".join([detail, *error_lines(_log(pipeline, target, name, connector))]))


def dead_letter_queue(pipeline: Pipeline) -> str | None:
    """The topic of the sink's dead letter queue; None when it has none."""
    return dead_letter_topic(pipeline.sink)


def _why(pipeline: Pipeline, target: Target, name: str, connector: Connector | None) -> str:
    if connector is None:
        return f"connector {name} does not exist"
    deadline = time.monotonic() + _LOG_SECONDS
    while not error_lines(lines := _log(pipeline, target, name, connector)):
        if time.monotonic() > deadline or connector.state != "FAILED":
            break
        target.check()
        time.sleep(target.poll_seconds)
    reason = f": {connector.reason}" if connector.reason else ""
    return _with_log(f"connector {name} is {connector.state}{reason}", lines)


def _with_log(what: str, lines: list[str]) -> str:
    return "\n".join([what, *(error_lines(lines) or lines[-_LAST_LINES:])])


def _errored(target: Target, connector: Connector) -> int:
    """Tasks that have failed since the connector was changed last, as far as CloudWatch tells.

    MSK Connect may leave a connector RUNNING when a task of it fails later on.
    """
    since = last_changed(connector, target.msk_connect.list_operations(connector.arn))
    try:
        counts = target.metrics.tasks(connector.name, since) if since else None
    except RemoteError:
        # Whoever may not read metrics is told what is known without them.
        return 0
    return counts.errored if counts else 0


def _log(pipeline: Pipeline, target: Target, name: str, connector: Connector | None) -> list[str]:
    """The lines of this very connector; one of the same name may have written to the log group before."""
    since = connector.created if connector else None
    return [_WORKER.sub("", line) for line in target.logs.lines(pipeline.log_group, f"{name}-", since=since)]
