"""What surrounds a Connect worker: its secrets, its log's way to CloudWatch, its life, how it finds plugins."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdcctl.local.emulator import worker_secrets
from cdcctl.local.emulator.connect_lifecycle import ConnectorSpec, WorkerLifecycle
from cdcctl.local.emulator.connect_worker import WorkerRefusedError, discovery
from cdcctl.local.emulator.log_delivery import LogDelivery
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
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


class Worker:
    """A worker process that does nothing, and a REST interface that says what a test wants."""

    def __init__(self, table: ProcessTable) -> None:
        self.table = table
        self.states = ["RUNNING", "RUNNING"]
        self.refusal: str | None = None
        self.started = threading.Event()
        self.before_start: Callable[[], None] = lambda: None

    def start(self, *_: Any) -> Child:
        self.before_start()
        child = self.table.spawn("worker", [sys.executable, "-c", "import time; time.sleep(60)"], owner="test")
        self.started.set()
        return child

    def is_up(self) -> bool:
        return True

    def configure(self, _config: Any) -> None:
        if self.refusal:
            raise WorkerRefusedError(self.refusal)

    def status(self) -> dict[str, Any]:
        connector, *tasks = self.states
        return {"connector": {"state": connector}, "tasks": [{"state": task} for task in tasks]}

    def make_next_start_faster(self) -> None:
        pass

    def stop(self) -> None:
        self.table.stop("worker")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    made = Worker(ProcessTable(tmp_path))
    yield made
    made.table.kill_all()


def lifecycle(worker: Worker, logs: Logs, secret: str = '{"k": "v"}') -> WorkerLifecycle:
    spec = ConnectorSpec("c", "1", {"connector.class": "a.Connector", "p": "${sm:s:k}"}, PROVIDERS, PLUGIN, "/g")
    delivery = LogDelivery(logs, "/g", "s", worker.table.folder / "log")
    return WorkerLifecycle(worker, spec, delivery, lambda _name: secret)  # type: ignore[arg-type]


def run(made: WorkerLifecycle) -> tuple[Iterator[bool], threading.Thread, list[bool]]:
    said: list[bool] = []
    steps = made.run()
    thread = threading.Thread(target=lambda: said.extend(steps), daemon=True)
    return steps, thread, said


def test_life_of_a_healthy_connector(worker: Worker) -> None:
    made, logs = lifecycle(worker, Logs()), Logs()
    steps = made.run()
    assert next(steps) is True
    thread = threading.Thread(target=lambda: list(steps), daemon=True)
    thread.start()
    made.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert worker.table.children() == []
    assert logs.lines == []


def test_refused_configuration_stays_failed_and_its_reason_is_in_the_log_first(worker: Worker) -> None:
    worker.refusal = "first problem\nsecond problem"
    logs = Logs()
    made = lifecycle(worker, logs)
    steps = made.run()
    assert next(steps) is False
    assert [line.rpartition(": ")[2] for line in logs.lines] == ["first problem", "second problem"]
    thread = threading.Thread(target=lambda: list(steps), daemon=True)
    thread.start()
    made.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_missing_secret_key(worker: Worker) -> None:
    logs = Logs()
    assert next(lifecycle(worker, logs, secret="{}").run()) is False
    assert "secret s has no key k" in logs.lines[0]
    assert not worker.started.is_set()


def test_failed_task(worker: Worker) -> None:
    worker.states = ["RUNNING", "FAILED"]
    assert next(lifecycle(worker, Logs()).run()) is False


def test_task_that_fails_later(worker: Worker) -> None:
    steps = lifecycle(worker, Logs()).run()
    assert next(steps) is True
    worker.states = ["RUNNING", "FAILED"]
    assert next(steps) is False


def test_dead_worker_is_said_once(worker: Worker) -> None:
    logs = Logs()
    steps = lifecycle(worker, logs).run()
    assert next(steps) is True
    worker.table.stop("worker")
    assert next(steps) is False
    assert [line for line in logs.lines if "ended by itself" in line] == logs.lines


def test_stop_before_the_worker_has_started_leaves_none(worker: Worker) -> None:
    made = lifecycle(worker, Logs())
    _, thread, said = run(made)
    made._stopping.set()
    thread.start()
    made.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert said == [False]
    assert not worker.started.is_set()
