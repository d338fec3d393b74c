"""The typed client of CloudWatch's logs, and the lines of a connector's log that tell of an error."""

from __future__ import annotations

from stubbed_client import NOW, stubbed

from cdcctl.aws.logs import Logs, error_lines


def test_log_group_by_exact_name() -> None:
    client, stub = stubbed("logs")
    stub.add_response("describe_log_groups", {"logGroups": [{"logGroupName": "/g/2"}]}, {"logGroupNamePrefix": "/g"})
    assert Logs(client).has_group("/g") is False


def test_log_lines_since_in_order() -> None:
    client, stub = stubbed("logs")
    events = [{"timestamp": 2, "message": "b"}, {"timestamp": 1, "message": "a"}]
    request = {"logGroupName": "/g", "logStreamNamePrefix": "c-", "startTime": int(NOW.timestamp() * 1000)}
    stub.add_response("filter_log_events", {"events": events}, request)
    assert Logs(client).lines("/g", "c-", since=NOW) == ["a", "b"]
    stub.add_client_error("filter_log_events", "ResourceNotFoundException", "none", 400)
    assert Logs(client).lines("/g", "c-") == []


LOG = """\
[Worker-1] [t] INFO Kafka Connect starting (x.Y)
[Worker-1] [t] ERROR Failed to discover Converter (org.apache.kafka.connect.runtime.isolation.PluginScanner)
Caused by: java.lang.NoSuchMethodException: harmless
[Worker-1] [t] ERROR Failed testing connection for jdbc:mysql (io.debezium.X)
java.sql.SQLException: Access denied for user 'debezium'
\tat com.mysql.cj.jdbc.Some.frame(Some.java:1)
\t... 9 more
Caused by: com.example.Inner: why
[Worker-1] [t] WARN Something (x.Y)
java.lang.Exception: of a warning
[Worker-1] [t] FATAL The end (x.Y)
""".splitlines()


def test_error_lines_keep_causes_and_drop_frames_and_harmless_entries() -> None:
    assert error_lines(LOG) == [LOG[3], LOG[4], LOG[7], LOG[10]]
    assert error_lines(LOG + LOG) == [LOG[3], LOG[4], LOG[7], LOG[10]]
    assert error_lines(LOG, 1) == [LOG[10]]
    assert error_lines([]) == []
