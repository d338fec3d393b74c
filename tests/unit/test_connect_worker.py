"""What a Connect worker is started with: how it finds plugins, its clients, its heap, its folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcctl.local import kafka, stack
from cdcctl.local.emulator.connect_worker import ConnectWorker, Place, discovery, heap_mb
from cdcctl.local.emulator.plugin_store import UnpackedPlugin
from cdcctl.local.emulator.worker_iam import without_iam
from cdcctl.local.processes import ProcessTable

PLUGIN = UnpackedPlugin(Path("/p"), "md5", 1, ("a.Connector", "a.Converter"), resolves_secrets=False)


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
