"""What surrounds a Connect worker: its secrets, its log's way to CloudWatch, its life, how it finds plugins."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdcctl.local import kafka, stack
from cdcctl.local.emulator import worker_secrets
from cdcctl.local.emulator.connect_worker import ConnectWorker, Place, WorkerRefusedError, discovery, heap_mb
from cdcctl.local.emulator.connector_runtime import ConnectorSpec, RefusedChangeError
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
from cdcctl.local.emulator.task_metrics import TaskMetrics
from cdcctl.local.emulator.worker_iam import without_iam
from cdcctl.local.emulator.worker_runtime import WorkerRuntime
from cdcctl.local.ports import LOOPBACK, free_ports
from cdcctl.local.processes import Child, ProcessTable
from cdcctl.render.worker import SECRETS_PROVIDER_CLASS

PLUGIN = UnpackedPlugin(Path("/p"), "md5", 1, ("a.Connector", "a.Converter"), resolves_secrets=False)
PROVIDERS = {"config.providers": "sm", "config.providers.sm.class": SECRETS_PROVIDER_CLASS}


class Logs:
    """CloudWatch Logs, as far as delivery uses it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def create_log_stream(self, **_: Any) -> None:
        pass

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        self.lines += [event["message"] for event in logEvents]


def test_delivery_begins_where_the_file_ended_and_leaves_nothing(tmp_path: Path) -> None:
    file, logs = tmp_path / "log", Logs()
    file.write_text("of an earlier worker\n")
    delivery = LogDelivery(logs, "g", "s", file)
    delivery.start()
    with file.open("a") as sink:
        sink.write("one\npassword=abc\nunfinished")
    delivery.flush()
    assert logs.lines == ["one", "password=********", "unfinished"]
    delivery.add(["said by the service"])
    with file.open("a") as sink:
        sink.write("\nlast words")
    delivery.stop()
    assert logs.lines[3:] == ["said by the service", "last words"]


def test_delivery_of_a_file_that_never_comes(tmp_path: Path) -> None:
    logs = Logs()
    delivery = LogDelivery(logs, "g", "s", tmp_path / "none")
    delivery.start()
    delivery.stop()
    assert logs.lines == []


@pytest.mark.parametrize("name", ["plain", "a/b/c", "../../up", "/etc/x", ".hidden", "a b+=@", "ü"])
def test_secrets_of_any_name_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "secrets"
    config = {"x": f"${{sm:{name}:k}}", "y": "a ${sm:other:k} b", "z": "${env:PATH:k}"}
    found = worker_secrets.references(config, {"sm"})
    assert found == {name: {"k"}, "other": {"k"}}
    secrets = worker_secrets.read(found, lambda _name: '{"k": "v", "n": 5}')
    worker_secrets.write(folder, secrets)
    renamed = worker_secrets.with_file_names(config, {"sm"})
    assert renamed["z"] == config["z"]
    file = folder / renamed["x"].split(":")[1]
    assert file.parent == folder
    assert file.stat().st_mode & 0o077 == 0
    assert "k=v" in file.read_text()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        path.name for path in folder.iterdir()
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no json", "does not hold a JSON object"),
        ("[1]", "does not hold a JSON object"),
        ('{"other": "hunter2"}', "has no key k"),
    ],
)
def test_unusable_secret(value: str, said: str) -> None:
    with pytest.raises(worker_secrets.SecretError, match=said) as caught:
        worker_secrets.read({"s": {"k"}}, lambda _name: value)
    assert "hunter2" not in str(caught.value)


def test_provider_for_files_takes_the_place_of_awss() -> None:
    properties = {**PROVIDERS, "config.providers.sm.param.region": "r", "config.providers.env.class": "x"}
    replaced = worker_secrets.with_file_provider(properties)
    assert replaced["config.providers.sm.class"].endswith("FileConfigProvider")
    assert "config.providers.sm.param.region" not in replaced
    assert replaced["config.providers.env.class"] == "x"
    assert worker_secrets.with_file_names({"a": "${sm:b:c}"}, set()) == {"a": "${sm:b:c}"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"connector.class": "a.Connector", "key.converter": "a.Converter"}, "service_load"),
        (
            {"connector.class": "a.Connector", "transforms.x.type": "org.apache.kafka.connect.transforms.X"},
            "service_load",
        ),
        ({"connector.class": "Connector"}, "service_load"),
        ({"connector.class": "a.Connector", "transforms.x.type": "a.Smt"}, "hybrid_warn"),
        ({"connector.class": "a.Unknown"}, "hybrid_warn"),
    ],
)
def test_discovery(config: dict[str, str], expected: str) -> None:
    assert discovery(PLUGIN, config) == expected


def test_clients_of_a_connector_leave_iam_out() -> None:
    iam = {
        "history.producer.sasl.mechanism": "AWS_MSK_IAM",
        "history.producer.security.protocol": "SASL_SSL",
        "history.producer.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "history.producer.sasl.client.callback.handler.class": "x",
    }
    kept = {"history.consumer.sasl.mechanism": "PLAIN", "history.consumer.security.protocol": "SASL_SSL", "a": "b"}
    assert without_iam({**iam, **kept}) == kept


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


def test_lost_delivery(tmp_path: Path) -> None:
    file, logs = tmp_path / "log", Logs()
    file.write_text("")
    lost = [True, False]
    delivery = LogDelivery(logs, "g", "s", file, is_lost=lambda: lost.pop(0) if lost else False)
    delivery.add(["lost"])
    delivery.add(["there"])
    delivery.flush()
    assert logs.lines == ["there"]


@pytest.mark.parametrize(
    ("mcu", "memory_gb", "heap"), [(1, 32, 2048), (2, 32, 4096), (8, 32, 8192), (1, 6, 1536), (8, 2, 1024)]
)
def test_the_heap_follows_the_capacity_as_far_as_the_machine_has_it(
    mcu: int, memory_gb: int, heap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": (memory_gb << 30) // 4096}
    monkeypatch.setattr("os.sysconf", asked.__getitem__)
    assert heap_mb(mcu) == heap


def test_what_killed_jvms_leave_lies_in_the_state_folder_and_goes_with_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lz4, snappy and zstd unpack native libraries into java.io.tmpdir, which is /tmp where nobody says otherwise."""
    table = ProcessTable(tmp_path)
    started: dict[str, list[str]] = {}
    monkeypatch.setattr(table, "spawn", lambda name, argv, **_: started.update({name: argv}))
    monkeypatch.setattr(kafka, "_answers", lambda _port: True)
    worker = ConnectWorker(Place(table, (), "b:9092", "http://e", "us-east-1", {}), "c", "1", 256)
    worker.start(PLUGIN, {}, {}, {})
    for _ in range(2):
        kafka.run_broker(table, [], 9092, lambda: None)
        (folder,) = (Path(each.partition("=")[2]) for each in started[kafka.NAME] if "java.io.tmpdir" in each)
        # A broker that is started again finds nothing of the one that was killed.
        assert list(folder.iterdir()) == []
        (folder / "liblz4-java-1.so").touch()
    folders = [
        Path(each.partition("=")[2])
        for argv in started.values()
        for each in argv
        if each.startswith("-Djava.io.tmpdir=")
    ]
    assert len(folders) == 2
    assert all(each.is_dir() and each.is_relative_to(tmp_path) for each in folders)
    stack._clear(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
