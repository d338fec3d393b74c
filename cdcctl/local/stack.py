"""Bring the local stack up and down, and look at it.

The stack's data belong to one run: the AWS side lives in memory, so what MySQL and Kafka keep is dropped with it on
``down`` (logs stay). ``up`` on a running stack attaches to it.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.aws.target import Target
from cdcctl.errors import LocalEnvironmentError
from cdcctl.local import kafka
from cdcctl.local.account import ACCOUNT, BUCKET, REGION, SECRET, session
from cdcctl.local.emulator.pace import INSTANT, parse_speed
from cdcctl.local.emulator_process import EMULATOR_CONFIG, serves, spawn_emulator
from cdcctl.local.interrupts import first_interrupt_counts
from cdcctl.local.mysql.base import MySQLServer
from cdcctl.local.mysql.choice import prepared
from cdcctl.local.mysql.choice import stop as stop_mysql
from cdcctl.local.ports import LOOPBACK, free_ports, wait_until
from cdcctl.local.processes import Child, ProcessTable, tail
from cdcctl.local.state import Stack, forget_stack, has_stack, load_stack, locked
from cdcctl.pipeline import EVERY_SINK
from cdcctl.plugins.catalogue import load_lock
from cdcctl.plugins.fetch import unpacked
from cdcctl.plugins.progress import Sentences

# What one run of a stack leaves in its state folder, logs excepted.
_DATA = ("kafka", "mysql", "plugins", "workers", EMULATOR_CONFIG)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to bring a stack up.

    :param mysql: provider by name, or None for the first that works.
    :param mysql_url: an existing server.
    :param speed: how fast MSK Connect and the registry are: ``instant``, ``aws``, or a number of times as fast as AWS.
    """

    mysql: str | None = None
    mysql_url: str | None = None
    speed: str = INSTANT

    def __post_init__(self) -> None:
        parse_speed(self.speed)


@dataclass(frozen=True)
class ProcessStatus:
    """One process of the stack; ``log_tail`` is filled when it has died."""

    name: str
    pid: int
    alive: bool
    log: str
    log_tail: tuple[str, ...] = ()


def up(state: Path, options: Options, say: Say) -> tuple[Stack, bool]:
    """Return the stack in ``state`` and whether this call started it; a running one is attached to.

    Whatever goes wrong on the way, Ctrl-C included, nothing is left running.

    :raises LocalEnvironmentError: this machine lacks something, or a process died.
    """
    with first_interrupt_counts(), locked(state):
        running = load_stack(state)
        table = ProcessTable(state)
        if running:
            table.check()
            return running, False
        # What an earlier start that was killed has left.
        _end(state)
        try:
            return _start(table, options, say), True
        except BaseException:
            _end(state)
            raise


def down(state: Path) -> bool:
    """Stop everything and drop the run's data; whether there was anything to stop."""
    with first_interrupt_counts(), locked(state):
        try:
            return _end(state)
        except KeyboardInterrupt:
            _end(state)
            raise


def reset(state: Path, options: Options, say: Say) -> Stack:
    """An empty stack: down, then up again."""
    down(state)
    return up(state, options, say)[0]


def require_running(state: Path) -> Stack:
    """The running stack.

    :raises LocalEnvironmentError: none is up; ChildProcessDiedError when one of its processes is gone.
    """
    stack = load_stack(state)
    if stack is None:
        raise LocalEnvironmentError("no local stack is running", hint="start it with: cdcctl local up")
    ProcessTable(state).check()
    return stack


def processes(state: Path) -> list[ProcessStatus]:
    """Every recorded process of the stack, dead ones with the end of their logs."""
    return [_status(child) for child in ProcessTable(state).children()]


def target(stack: Stack) -> Target:
    """The stack as a place to act on, in the same terms as an AWS account."""
    return Target(
        session=session(),
        region=stack.region,
        description="the local stack",
        endpoint_url=stack.endpoint,
        overlay=_overlay(stack),
        check=ProcessTable(stack.state).check,
        poll_seconds=0.1,
        resolves_secrets=True,
        has_network_and_roles=False,
    )


def _overlay(stack: Stack) -> dict[str, Any]:
    """What a pipeline file says about its place, for this place."""
    return {
        "source": {
            "host": stack.mysql.host,
            "port": stack.mysql.port,
            "credentials": {
                "secret": stack.secret,
                "ssm": None,
                "environment": None,
                "username_key": "username",
                "password_key": "password",
            },
        },
        "sinks": {
            EVERY_SINK: {
                "iceberg": {"warehouse": f"s3://{stack.bucket}/warehouse"},
                # SDK 1, which the older ones of these connectors have, does not know AWS_ENDPOINT_URL.
                "confluent-s3": {
                    "bucket": stack.bucket,
                    "encryption": None,
                    "properties": {"store.url": stack.endpoint},
                },
                "aiven-s3": {
                    "bucket": stack.bucket,
                    "encryption": None,
                    "role_arn": None,
                    "external_id": None,
                    "properties": {"aws.s3.endpoint": stack.endpoint},
                },
            }
        },
        "kafka": {
            "bootstrap_servers": stack.bootstrap_servers,
            "authentication": "NONE",
            "encryption": "PLAINTEXT",
            "credentials": None,
            "properties": {},
            "subnets": ["subnet-local"],
            "security_groups": [],
        },
        "connect": {
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/cdcctl-local",
            "logs": {"cloudwatch": True, "s3": None, "firehose": None},
            "plugin_bucket": stack.bucket,
            "secrets_provider": None,
        },
    }


def _start(table: ProcessTable, options: Options, say: Say) -> Stack:
    provider = prepared(options.mysql, options.mysql_url, say)
    classpath = [unpacked(load_lock("kafka"), progress=Sentences(say)) / "*"]
    kafka_port, aws_port, mysql_port = free_ports(3)
    bootstrap = f"{LOOPBACK}:{kafka_port}"
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise LocalEnvironmentError("the start was called off")
        table.check()

    say("starting MySQL, Kafka and the AWS endpoint")
    spawn_emulator(table, aws_port, REGION, options.speed, classpath)
    with ThreadPoolExecutor(2) as pool:
        mysql = pool.submit(provider.start, table, table.folder, mysql_port)
        broker = pool.submit(kafka.start_broker, table, classpath, kafka_port, check)
        try:
            wait_until(lambda: serves(aws_port), "the AWS endpoint", check, 60)
            broker.result()
            server = mysql.result()
        except BaseException:
            stop.set()
            table.call_off()
            table.kill_all()
            raise
    stack = Stack(table.folder, REGION, f"http://{LOOPBACK}:{aws_port}", bootstrap, BUCKET, SECRET, server)
    _furnish(target(stack), server)
    stack.save()
    return stack


def _furnish(place: Target, server: MySQLServer) -> None:
    """What an account has before the first pipeline: a bucket, and the secret with Debezium's credentials."""
    place.client("s3").create_bucket(Bucket=BUCKET)
    place.client("secretsmanager").create_secret(
        Name=SECRET,
        SecretString=json.dumps({"username": server.debezium_user, "password": server.debezium_password}),
    )


def _end(state: Path) -> bool:
    table = ProcessTable(state)
    found = bool(table.children()) or has_stack(state)
    # The run's data go with it, so nobody has to write anything down.
    table.kill_all()
    stop_mysql(table, state)
    forget_stack(state)
    _clear(state)
    return found


def _clear(state: Path) -> None:
    for name in _DATA:
        path = state / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _status(child: Child) -> ProcessStatus:
    alive = child.is_alive()
    return ProcessStatus(child.name, child.pid, alive, child.log, () if alive else tuple(tail(Path(child.log))))
