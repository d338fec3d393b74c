"""Tells CloudWatch how many tasks of a connector run and how many have failed, as MSK Connect does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cdcctl.aws.metrics import DIMENSION, ERRORED, NAMESPACE, RUNNING

# MSK Connect says it once a minute; who rehearses does not want to wait that long.
_SECONDS = 10.0


class TaskMetrics:
    """The metrics of one connector; ``client`` is boto3's ``cloudwatch``.

    :param clock: seconds.
    """

    def __init__(self, client: Any, connector: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._connector = connector
        self._clock = clock
        self._told: tuple[dict[str, int], float] | None = None

    def tell(self, tasks: Sequence[str]) -> None:
        """Publish the states of its tasks, when they have changed and every few seconds."""
        counts = {RUNNING: tasks.count("RUNNING"), ERRORED: tasks.count("FAILED")}
        now = self._clock()
        if self._told and self._told[0] == counts and now - self._told[1] < _SECONDS:
            return
        self._told = counts, now
        dimensions = [{"Name": DIMENSION, "Value": self._connector}]
        at = datetime.now(timezone.utc)
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Value": count, "Unit": "Count"}
            for name, count in counts.items()
        ]
        # Best effort, as on AWS.
        with contextlib.suppress(ClientError, BotoCoreError):
            self._client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
