"""CloudWatch's metrics of MSK Connect: the one place where AWS tells of a connector's tasks.

Source: MSK developer guide, "Monitoring Amazon MSK Connect". A metric of this kind has one value a minute, about a
minute late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from cdcctl.aws.connect_resources import Connector, Operation
from cdcctl.aws.errors import translated

NAMESPACE = "AWS/KafkaConnect"
DIMENSION = "ConnectorName"
RUNNING = "RunningTaskCount"
ERRORED = "ErroredTaskCount"
# The shortest period that CloudWatch keeps for metrics of AWS services, in seconds.
_PERIOD = 60
# Older values say nothing of now.
_WINDOW = timedelta(minutes=15)
# Of a minute in which something happened, the worst counts.
_WORST = {RUNNING: "Minimum", ERRORED: "Maximum"}


@dataclass(frozen=True)
class TaskCounts:
    """How many tasks of a connector ran and how many had failed in the minute that began ``at``."""

    running: int
    errored: int
    at: datetime


class Metrics:
    """The operations cdcctl uses; ``client`` is boto3's ``cloudwatch``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tasks(self, connector: str, since: datetime) -> TaskCounts | None:
        """The newest counts of the minutes that began after a time; None when there are none."""
        now = datetime.now(timezone.utc)
        # Up to the next second, and without what CloudWatch, going down to the minute, adds before it.
        begin = max(since + timedelta(microseconds=999_999), now - _WINDOW).replace(microsecond=0)
        queries = [
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": name,
                        "Dimensions": [{"Name": DIMENSION, "Value": connector}],
                    },
                    "Period": _PERIOD,
                    "Stat": stat,
                },
            }
            for name, stat in _WORST.items()
        ]
        with translated(f"the metrics of connector {connector}"):
            answer = self._client.get_metric_data(
                MetricDataQueries=queries, StartTime=begin, EndTime=max(now, begin) + timedelta(seconds=_PERIOD)
            )
        found = {
            each["Id"]: dict(zip(each["Timestamps"], each["Values"], strict=True))
            for each in answer["MetricDataResults"]
        }
        running, errored = found.get(RUNNING.lower(), {}), found.get(ERRORED.lower(), {})
        at = max((time for time in running.keys() & errored.keys() if time >= begin), default=None)
        return TaskCounts(int(running[at]), int(errored[at]), at) if at else None


def last_changed(connector: Connector, operations: Iterable[Operation]) -> datetime | None:
    """Since when a connector is as it is; None while an operation on it is under way."""
    times = [connector.created or datetime.min.replace(tzinfo=timezone.utc)]
    for each in operations:
        if not each.is_over:
            return None
        times += [time for time in (each.created, each.ended) if time]
    return max(times)
