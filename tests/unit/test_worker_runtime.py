"""A connector's life in its worker: started, watched, changed, replaced, ended."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from worker_logs import Logs

from cdcctl.local.emulator.connect_worker import WorkerRefusedError
from cdcctl.local.emulator.connector_runtime import ConnectorSpec, RefusedChangeError
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
from cdcctl.local.emulator.task_metrics import TaskMetrics
from cdcctl.local.emulator.worker_runtime import WorkerRuntime
from cdcctl.local.ports import LOOPBACK, free_ports
from cdcctl.local.processes import Child, ProcessTable
from cdcctl.render.worker import SECRETS_PROVIDER_CLASS

PLUGIN = UnpackedPlugin(Path("/p"), "md5", 1, ("a.Connector", "a.Converter"), resolves_secrets=False)
PROVIDERS = {"config.providers": "sm", "config.providers.sm.class": SECRETS_PROVIDER_CLASS}


class Worker:
    """A worker process that does nothing, and a REST interface that says what a test wants."""

    def __init__(self, table: ProcessTable) -> None:
        self.table = table
        self.running = ["RUNNING", "RUNNING"]
        self.now: list[str] = []
        self.refusal: str | None = None
        self.found_problems: list[str] = []
        self.configured: list[Any] = []
        self.secrets: list[Any] = []
        self.comes_up = True
        self.started = threading.Event()

    def start(self, *arguments: Any) -> Child:
        child = self.table.spawn("worker", [sys.executable, "-c", "import time; time.sleep(60)"], owner="test")
        self.write_secrets(arguments[3])
        self.now = []
        self.started.set()
        return child

    def write_secrets(self, secrets: Any) -> None:
        self.secrets.append(secrets)

    def is_up(self) -> bool:
        return self.comes_up

    def is_configured_with(self, config: Any) -> bool:
        return bool(self.configured) and self.configured[-1] == config

    def problems(self, _config: Any) -> list[str]:
        return self.found_problems

    def configure(self, config: Any) -> None:
        if self.refusal:
            raise WorkerRefusedError(self.refusal)
        self.configured.append(config)
        self.now = ["STOPPED"] if self.now == ["STOPPED"] else self.running

    def states(self) -> list[str]:
        return self.now or self.running

    def pause(self) -> None:
        self.now = ["PAUSED"] * 2

    def resume(self) -> None:
        self.now = self.running

    def suspend(self) -> None:
        self.now = ["STOPPED"]

    def restart(self, *, only_failed: bool) -> None:
        self.now = self.running

    def make_next_start_faster(self) -> None:
        pass

    def stop(self) -> None:
        self.table.stop("worker")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    made = Worker(ProcessTable(tmp_path))
    yield made
    made.table.kill_all()


@pytest.fixture
def broker() -> Iterator[str]:
    """Something that accepts connections."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield f"{LOOPBACK}:{server.getsockname()[1]}"


SPEC = ConnectorSpec("c", "1", {"connector.class": "a.Connector", "p": "${sm:s:k}"}, PROVIDERS, PLUGIN, "/g", "b:1")


def runtime(
    worker: Worker,
    logs: Logs,
    secret: str = '{"k": "v"}',
    broker_seconds: float = 60,
    replaces: Callable[[], bool] = lambda: True,
    **more: Any,
) -> WorkerRuntime:
    delivery = LogDelivery(logs, "/g", "s", worker.table.folder / "log")
    new_worker: Any = lambda: worker  # noqa: E731
    return WorkerRuntime(new_worker, delivery, lambda _name: secret, broker_seconds, replaces, **more)


def test_life_of_a_healthy_connector(worker: Worker) -> None:
    logs = Logs()
    made = runtime(worker, logs)
    assert made.start(SPEC) is True
    assert made.is_healthy() is True
    made.stop()
    made.close()
    assert worker.table.children() == []
    assert logs.lines == []


class CloudWatch:
    """CloudWatch, as far as the metrics of tasks use it: how many run and how many have failed, each time."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float]] = []

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert {each["Dimensions"][0]["Value"] for each in MetricData} == {"c"}
        values = {each["MetricName"]: each["Value"] for each in MetricData}
        assert Namespace == "AWS/KafkaConnect"
        self.told.append((values["RunningTaskCount"], values["ErroredTaskCount"]))


@pytest.mark.parametrize("notices", [True, False])
def test_the_tasks_are_told_to_cloudwatch(worker: Worker, notices: bool) -> None:
    cloudwatch, now = CloudWatch(), [0.0]
    metrics = TaskMetrics(cloudwatch, "c", lambda: now[0])
    made = runtime(worker, Logs(), metrics=metrics, notices=lambda: notices)
    assert made.start(SPEC) is True
    for _ in range(3):
        assert made.is_healthy() is True
    now[0] = 10
    assert made.is_healthy() is True
    worker.now = ["RUNNING", "RUNNING", "FAILED"]
    # Whether it makes the connector FAILED or not, CloudWatch is told at once.
    assert made.is_healthy() is not notices
    assert cloudwatch.told == [(1, 0), (1, 0), (1, 1)]
    made.stop()
    made.close()


def test_the_reason_of_a_refused_configuration_is_in_the_log(worker: Worker) -> None:
    worker.refusal = "first problem\nsecond problem"
    logs = Logs()
    assert runtime(worker, logs).start(SPEC) is False
    assert [line.rpartition(": ")[2] for line in logs.lines] == ["first problem", "second problem"]


def test_missing_secret_key(worker: Worker) -> None:
    logs = Logs()
    assert runtime(worker, logs, secret="{}").start(SPEC) is False
    assert "secret s has no key k" in logs.lines[0]
    assert not worker.started.is_set()


def test_failed_task(worker: Worker) -> None:
    worker.running = ["RUNNING", "FAILED"]
    assert runtime(worker, Logs()).start(SPEC) is False


def test_task_that_fails_later(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    worker.now = ["RUNNING", "FAILED"]
    assert made.is_healthy() is False


def test_a_worker_that_is_gone_is_replaced(worker: Worker) -> None:
    logs = Logs()
    made = runtime(worker, logs)
    made.start(SPEC)
    before = worker.table.children()
    worker.table.stop("worker")
    assert made.is_healthy() is True
    assert worker.table.children() != before
    assert ["another one takes its place" in line for line in logs.lines] == [True]


def test_dead_worker_without_a_successor(worker: Worker) -> None:
    logs = Logs()
    made = runtime(worker, logs, replaces=lambda: False)
    made.start(SPEC)
    worker.table.stop("worker")
    assert made.is_healthy() is False
    assert ["ended by itself" in line for line in logs.lines] == [True]
    # A restart gives the connector a new one.
    assert made.restart(only_failed=False) is True
    assert made.is_healthy() is True


def test_brokers_that_are_not_there_are_given_up(worker: Worker) -> None:
    (port,) = free_ports(1)
    logs, worker.comes_up = Logs(), False
    spec = replace(SPEC, bootstrap_servers=f"no-such-host.invalid:9092,{LOOPBACK}:{port}")
    assert runtime(worker, logs, broker_seconds=0.3).start(spec) is False
    assert f"none of the brokers no-such-host.invalid:9092,{LOOPBACK}:{port} was reached" in logs.lines[0]


def test_a_worker_that_reaches_a_broker_is_waited_for(worker: Worker, broker: str) -> None:
    worker.comes_up = False
    threading.Timer(0.5, lambda: setattr(worker, "comes_up", True)).start()
    made = runtime(worker, Logs(), broker_seconds=0.1)
    assert made.start(replace(SPEC, bootstrap_servers=broker)) is True


CHANGED = replace(SPEC, configuration={"connector.class": "a.Connector", "p": "${sm:t:k}"})


def test_configuration_is_changed_in_the_worker_that_runs(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    before = worker.table.children()
    assert made.change(CHANGED, paused=False) is True
    assert worker.configured == [SPEC.configuration, CHANGED.configuration]
    assert worker.table.children() == before
    # What the new configuration refers to is there before it.
    assert worker.secrets == [{"s": {"k": "v"}}, {"t": {"k": "v"}}]
    assert worker.now == worker.running


def test_a_paused_connector_stays_paused(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    assert made.pause() is True
    worker.running = worker.now
    assert made.change(CHANGED, paused=True) is True
    assert worker.states() == ["PAUSED", "PAUSED"]
    worker.running = ["RUNNING", "RUNNING"]
    assert made.resume() is True


def test_another_plugin_needs_another_worker(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    (before,) = worker.table.children()
    plugin = replace(PLUGIN, path=Path("/other"))
    assert made.change(replace(SPEC, plugin=plugin), paused=False) is True
    (after,) = worker.table.children()
    assert before.pid != after.pid
    # The connector came with its configuration from the worker before.
    assert worker.configured == [SPEC.configuration]


@pytest.mark.parametrize("found", ["by validation", "on the way"])
def test_refused_change_leaves_the_tasks_running(worker: Worker, found: str) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    if found == "by validation":
        worker.found_problems = ["p: bad"]
    else:
        worker.refusal = "p: bad"
    with pytest.raises(RefusedChangeError, match="p: bad"):
        made.change(CHANGED, paused=False)
    assert worker.states() == ["RUNNING", "RUNNING"]
    assert made.is_healthy()


def test_unhealthy_change_and_the_way_back(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    worker.running = ["RUNNING", "FAILED"]
    assert made.change(CHANGED, paused=False) is False
    worker.running = ["RUNNING", "RUNNING"]
    assert made.change(SPEC, paused=False) is True
    assert worker.configured[-1] == SPEC.configuration


def test_restart(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    worker.now = ["RUNNING", "FAILED"]
    assert made.restart(only_failed=True) is True
    assert made.is_healthy()


def test_a_restart_is_not_judged_by_a_task_that_it_has_not_come_to(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = runtime(worker, Logs())
    made.start(SPEC)
    worker.now = ["FAILED", "FAILED"]
    told = [["FAILED", "FAILED"], *[["RUNNING", "FAILED"]] * 4, ["RUNNING", "RESTARTING"]]
    monkeypatch.setattr(worker, "states", lambda: told.pop(0) if told else ["RUNNING", "RUNNING"])
    assert made.restart(only_failed=False) is True


def test_stop_before_the_worker_has_started_leaves_none(worker: Worker) -> None:
    made = runtime(worker, Logs())
    made.stop()
    assert made.start(SPEC) is False
    assert not worker.started.is_set()


def test_stop_ends_a_wait(worker: Worker) -> None:
    worker.running = ["UNASSIGNED"]
    made = runtime(worker, Logs())
    stop = threading.Timer(0.3, made.stop)
    stop.start()
    assert made.start(SPEC) is False
    stop.join()
    assert worker.table.children() == []


def test_end_of_a_connector_that_never_came_to_start(worker: Worker) -> None:
    logs = Logs()
    made = runtime(worker, logs)
    made.stop()
    made.close()
    assert logs.lines == []
