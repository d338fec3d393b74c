"""Tasks as CloudWatch counts them, and since when a count tells of a connector as it is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from unittest.mock import ANY

from stubbed_client import NOW, stubbed

from cdcctl.aws.connect_resources import Connector, Operation
from cdcctl.aws.metrics import Metrics, TaskCounts, last_changed


def described(name: str = "c", **more: Any) -> Connector:
    return Connector.from_api({"connectorName": name, "connectorArn": "1", "connectorState": "RUNNING", **more})


def test_tasks_as_cloudwatch_counts_them() -> None:
    client, stub = stubbed("cloudwatch")
    since = datetime.now(timezone.utc) - timedelta(seconds=150)
    begin = (since + timedelta(microseconds=999_999)).replace(microsecond=0)
    # CloudWatch goes down to the minute, which was partly before.
    minutes = [begin.replace(second=0) + timedelta(minutes=number) for number in range(3)]
    before = minutes[0] < begin

    def result(name: str, values: list[float], times: list[datetime]) -> dict[str, Any]:
        return {"Id": name, "Label": name, "Timestamps": times, "Values": values, "StatusCode": "Complete"}

    def query(name: str, stat: str) -> dict[str, Any]:
        dimensions = [{"Name": "ConnectorName", "Value": "c"}]
        metric = {"Namespace": "AWS/KafkaConnect", "MetricName": name, "Dimensions": dimensions}
        return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}

    queries = [query("RunningTaskCount", "Minimum"), query("ErroredTaskCount", "Maximum")]
    asked = {"MetricDataQueries": queries, "StartTime": begin, "EndTime": ANY}
    # Of the newest minute one of the two is not there yet.
    told = [
        result("runningtaskcount", [3.0, 1.0, 0.0], [minutes[2], minutes[1], minutes[0]]),
        result("erroredtaskcount", [2.0, 3.0], [minutes[1], minutes[0]]),
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": told}, asked)
    assert Metrics(client).tasks("c", since) == TaskCounts(1, 2, minutes[1])
    told = [result(each["Id"], [1.0], [minutes[0]]) for each in told]
    stub.add_response("get_metric_data", {"MetricDataResults": told}, asked)
    assert Metrics(client).tasks("c", since) == (None if before else TaskCounts(1, 1, minutes[0]))
    stub.assert_no_pending_responses()


def test_since_when_a_connector_is_as_it_is() -> None:
    made = described(creationTime=NOW)
    restarted = Operation("1", "RESTART_CONNECTOR", "RESTART_COMPLETE", created=NOW, ended=NOW + timedelta(minutes=2))
    under_way = Operation("2", "UPDATE_WORKER_SETTING", "UPDATE_IN_PROGRESS", created=NOW + timedelta(minutes=3))
    assert last_changed(made, []) == NOW
    assert last_changed(made, [restarted]) == NOW + timedelta(minutes=2)
    assert last_changed(made, [under_way, restarted]) is None
