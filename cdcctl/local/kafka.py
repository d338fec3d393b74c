"""One Kafka broker in KRaft mode: its own controller, loopback only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError
from cdcctl.jvm import runtime
from cdcctl.jvm.class_archive import ClassArchive
from cdcctl.local.ports import LOOPBACK, free_ports, listens, wait_until
from cdcctl.local.processes import ProcessTable
from cdcctl.plugins.cache import cache_folder
from cdcctl.render.worker import to_text

NAME = "kafka"
_MAIN = "kafka.Kafka"
_CLUSTER_ID = "Y2RjY3RsLWxvY2FsLXN0aw"
_LOG4J = """\
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.logger.kafka.server.KafkaRaftServer=INFO
"""


def start_broker(table: ProcessTable, classpath: list[Path], port: int, check: Callable[[], None]) -> None:
    """Start a broker on 127.0.0.1:``port`` whose data live in the stack's state folder; return once it takes clients.

    :param classpath: the jars of ``connectors/kafka``, as entries of a Java class path.
    :param check: raises when waiting has become pointless.
    """
    folder = table.folder / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (controller,) = free_ports(1)
    properties = _properties(folder / "data", port, controller)
    (folder / "server.properties").write_text(to_text(properties))
    (folder / "log4j.properties").write_text(_LOG4J)
    shutil.copytree(_formatted(classpath, check), folder / "data")
    run_broker(table, classpath, port, check)


def run_broker(table: ProcessTable, classpath: list[Path], port: int, check: Callable[[], None]) -> None:
    """Run the stack's broker, also again after it was killed, on the data it has; return once it takes clients.

    Parameters as of :func:`start_broker`.
    """
    folder = table.folder / NAME
    archive, class_list = ClassArchive(_MAIN, classpath), folder / "classes"
    argv = runtime.command(
        _MAIN,
        classpath,
        str(folder / "server.properties"),
        heap_mb=512,
        options=[
            f"-Dlog4j.configuration=file:{folder / 'log4j.properties'}",
            runtime.temporary_files_in(folder / "tmp"),
            *archive.options(class_list),
        ],
    )
    table.spawn(NAME, argv)
    wait_until(lambda: _answers(port), "the Kafka broker", check, 60)
    archive.make(class_list)


def _answers(port: int) -> bool:
    """Whether clients get metadata: the port opens some time before."""
    if not listens(port):
        return False
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    # log_level 0: librdkafka prints refused connections by itself.
    client = AdminClient({"bootstrap.servers": f"{LOOPBACK}:{port}", "log_level": 0})
    try:
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


def _properties(data: Path, port: int, controller: int) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        # One broker cannot hold more than one replica.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "default.replication.factor": "1",
        # No waiting for further members of a consumer group: there are none.
        "group.initial.rebalance.delay.ms": "0",
        "log.retention.ms": "-1",
    }


def _formatted(classpath: list[Path], check: Callable[[], None]) -> Path:
    """A freshly formatted storage folder; formatting costs a second of JVM, so it is done once per user and copied."""
    template = cache_folder("templates") / classpath[0].parent.name
    if template.is_dir():
        return template
    work = template.with_name(f"{template.name}.{free_ports(1)[0]}.new")
    shutil.rmtree(work, ignore_errors=True)
    (work / "data").mkdir(parents=True)
    config = work / "format.properties"
    config.write_text(to_text(_properties(work / "data", 1, 2)))
    argv = runtime.command(
        "kafka.tools.StorageTool", classpath, "format", "-t", _CLUSTER_ID, "-c", str(config), heap_mb=256
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    check()
    if done.returncode:
        raise LocalEnvironmentError(
            "Kafka's storage could not be formatted",
            hint="see the lines below",
            details=(done.stdout + done.stderr).splitlines()[-10:],
        )
    try:
        (work / "data").rename(template)
    except OSError:
        # Another process was faster; its result is the same.
        if not template.is_dir():
            raise
    shutil.rmtree(work, ignore_errors=True)
    return template
