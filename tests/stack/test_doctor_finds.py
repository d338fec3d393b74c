"""``cdcctl doctor`` on the running stack, where planted problems are found, and ``cdcctl bootstrap``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from ruamel.yaml import YAML

from cdcctl.aws.target import Target
from cdcctl.local import stack as local_stack
from cdcctl.local.state import Stack

NAME = f"doctor-test-{os.getpid()}"
DATABASE = NAME.replace("-", "_")


@pytest.fixture
def target(stack: Stack) -> Target:
    return local_stack.target(stack)


@pytest.fixture
def mysql(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Run statements as administrator; the database and the account are gone afterwards."""
    server = stack.mysql
    with closing(
        pymysql.connect(host=server.host, port=server.port, user=server.user, password=server.password)
    ) as connection:

        def run(statement: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement)

        run(f"CREATE DATABASE {DATABASE}")
        yield run
        run(f"DROP DATABASE {DATABASE}")
        run(f"DROP USER IF EXISTS '{DATABASE}'@'%'")


@pytest.fixture
def topics(stack: Stack) -> Iterator[Callable[..., None]]:
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers, "log_level": 0})
    made = []

    def make(name: str, **settings: str) -> None:
        made.append(name)
        config = {key.replace("_", "."): value for key, value in settings.items()}
        admin.create_topics([NewTopic(name, 1, config=config)])[name].result(30)
        deadline = time.monotonic() + 30
        while name not in admin.list_topics(timeout=10).topics:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    yield make
    for future in admin.delete_topics(made).values() if made else ():
        future.result(30)


@pytest.fixture
def doctor(stack: Stack, cdcctl: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Exit code, and status and cure of each message."""

    def run(tables: list[str], **source: Any) -> tuple[int, dict[str, tuple[str, str | None]]]:
        data = {
            "name": NAME,
            "topic_prefix": NAME,
            "source": {"server_id": 7999, "tables": tables, **source},
            "registries": {"keys": f"{NAME}-keys", "values": f"{NAME}-values"},
            "sink": {"type": "iceberg"},
        }
        file = tmp_path / "pipeline.yaml"
        with file.open("w") as stream:
            YAML().dump(data, stream)
        done = cdcctl("doctor", "-f", file, "--local", "--state", stack.state, "--json")
        assert done.returncode in (0, 1), done.stderr
        checks = json.loads(done.stdout)["checks"]
        return done.returncode, {each["message"]: (each["status"], each["cure"]) for each in checks}

    return run


def test_a_healthy_pipeline(doctor, mysql):
    mysql(f"CREATE TABLE {DATABASE}.orders (id INT PRIMARY KEY, at DATETIME(6), note TEXT, shape GEOMETRY)")
    code, found = doctor([f"{DATABASE}.orders"])
    assert code == 0
    assert {status for status, _ in found.values()} == {"ok", "warn", "unchecked"}
    assert {message for message, (status, _) in found.items() if status == "warn"} == {
        f"the signal table {DATABASE}.cdcctl_signal does not exist: a table cannot be sent again while the source runs",
        f"the account may not INSERT and DELETE in {DATABASE}.cdcctl_signal: a table cannot be sent again while the "
        "source runs",
    }
    assert found["the local stack has neither roles nor subnets"] == ("unchecked", None)


def test_planted_problems(doctor, mysql, topics, target, stack):
    mysql(f"CREATE TABLE {DATABASE}.log (at DATETIME, n BIGINT UNSIGNED)")
    mysql(f"CREATE TABLE {DATABASE}.by_unique (a INT NOT NULL UNIQUE, b INT UNIQUE)")
    mysql(f"CREATE TABLE {DATABASE}.hidden (id INT PRIMARY KEY)")
    mysql(f"CREATE USER '{DATABASE}'@'%' IDENTIFIED BY 'pla-nted'")
    mysql(f"GRANT REPLICATION SLAVE ON *.* TO '{DATABASE}'@'%'")
    for table in ("log", "by_unique"):
        mysql(f"GRANT SELECT ON {DATABASE}.{table} TO '{DATABASE}'@'%'")
    mysql(f"GRANT INSERT ON {DATABASE}.hidden TO '{DATABASE}'@'%'")
    topics(f"{NAME}-schema-history", retention_ms="86400000")
    topics(f"{NAME}-connect-offsets", cleanup_policy="delete")
    secrets = target.client("secretsmanager")
    before = secrets.get_secret_value(SecretId=stack.secret)["SecretString"]
    planted = json.dumps({"username": DATABASE, "password": "pla-nted"})
    secrets.put_secret_value(SecretId=stack.secret, SecretString=planted)
    try:
        code, found = doctor([f"{DATABASE}.{name}" for name in ("log", "by_unique", "hidden", "nowhere")], server_id=1)
    finally:
        secrets.put_secret_value(SecretId=stack.secret, SecretString=before)
    assert code == 1
    account = f"'{DATABASE}'@'%'"
    failed = {message: cure for message, (status, cure) in found.items() if status == "fail"}
    denied = [message for message in failed if message.startswith(f"table {DATABASE}.hidden cannot be read: ")]
    assert failed == {
        "server id 1 is the server's own": "choose another source.server_id",
        f"account {DATABASE}@% lacks REPLICATION CLIENT: it cannot read the binlog": (
            f"GRANT REPLICATION CLIENT ON *.* TO {account}"
        ),
        f"account {DATABASE}@% lacks RELOAD: it cannot take a snapshot": f"GRANT RELOAD ON *.* TO {account}",
        f"table {DATABASE}.nowhere does not exist, or the account may not see it": (
            "create it, grant SELECT on it, or take it out of source.tables"
        ),
        denied[0]: f"GRANT SELECT ON {DATABASE}.hidden TO the account",
        f"topic {NAME}-schema-history keeps the schema history for 24 hours only: after that the source cannot "
        "restart": f"kafka-configs --alter --topic {NAME}-schema-history --add-config retention.ms=-1",
        f"topic {NAME}-connect-offsets has cleanup.policy delete: offsets are forgotten, and the connector starts "
        "anew": f"kafka-configs --alter --topic {NAME}-connect-offsets --add-config cleanup.policy=compact",
    }
    warned = {message.split(":")[0] for message, (status, _) in found.items() if status == "warn"}
    assert f"table {DATABASE}.log has no primary key, and no unique key of columns that are NOT NULL" in warned
    assert not [message for message in warned if "by_unique" in message]
    assert "BIGINT UNSIGNED turns negative above 9223372036854775807" in warned
    assert "pla-nted" not in str(found)


TEMPLATE = """
Parameters:
  Name: {Type: String}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${Name}-bootstrap"}
"""


def test_bootstrap_on_the_stacks_endpoint(cdcctl, stack, target, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    place = ["--local", "--state", str(stack.state)]
    own = ["--template", str(tmp_path / "template.yaml"), *place]
    planned = cdcctl("bootstrap", "plan", NAME, *own, "--json")
    assert planned.returncode == 1, planned.stderr
    assert [each["do"] for each in json.loads(planned.stdout)["changes"]] == ["create"]
    deployed = cdcctl("bootstrap", "deploy", NAME, *own, "--yes")
    assert deployed.returncode == 0, deployed.stderr
    assert f"stack cdcctl-{NAME} is CREATE_COMPLETE" in deployed.stdout
    assert "CREATE_IN_PROGRESS" in deployed.stderr
    assert target.storage.has_bucket(f"{NAME}-bootstrap")
    deleted = cdcctl("bootstrap", "delete", NAME, *place, "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert not target.storage.has_bucket(f"{NAME}-bootstrap")
