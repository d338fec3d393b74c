"""Destroy is killed after every single change that it makes in Kafka and run again: nothing is left, nothing is lost.

What it does in AWS is in test_deploy_killed. No connector runs here: the topics and groups are made as one leaves them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deploys import Deploys

from cdcctl.aws.target import Target
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.records import Record, TopicReader, write
from cdcctl.local import stack as local_stack
from cdcctl.local.state import Stack

NAME = f"killed-{os.getpid()}"
TABLE = f"{NAME}.shop.orders"
GROUPS = (f"connect-{NAME}-sink", f"connect-{NAME}-sink-coord")
CONTROL = f"{NAME}-iceberg-control"
STRANGER = "source-of-another"
OFFSETS = f"{NAME}-connect-offsets"
TOPICS = (TABLE, f"__debezium-heartbeat.{NAME}", CONTROL, OFFSETS, f"{NAME}-schema-history")


@pytest.fixture
def deploys(stack: Stack, tmp_path: Path) -> Iterator[Deploys]:
    made = Deploys(stack.endpoint, tmp_path)
    yield made
    made.end()


def job(stack: Stack, **told: bool) -> dict[str, Any]:
    overlay: dict[str, Any] = dict(local_stack.target(stack).overlay)
    return {
        "pipeline": {
            "name": NAME,
            "topic_prefix": NAME,
            "source": {"tables": ["shop.orders"]},
            "kafka": overlay["kafka"],
            "connect": {"plugin_bucket": stack.bucket},
        },
        "command": "destroy",
        "kafka": True,
        "told": told,
    }


def offset(connector: str) -> Record:
    return Record(0, 0, json.dumps([connector, {"server": NAME}]), '{"file": "b.000001", "pos": 4}', 0)


def leave(cluster: Cluster) -> None:
    """What a pipeline leaves when it no longer runs, and an offset of another one in its topic."""
    for topic in TOPICS:
        cluster.create(topic)
    write(cluster, OFFSETS, [offset(each) for each in (f"{NAME}-source", STRANGER)], keep_partitions=True)
    for group, topic in zip(GROUPS, (TABLE, CONTROL), strict=True):
        cluster.set_group(group, {(topic, 0): 0})


def left(cluster: Cluster) -> set[str]:
    groups = {group for group in GROUPS if cluster.group(group)}
    return groups | set(TOPICS).intersection(cluster.topic_names())


def known(cluster: Cluster, target: Target) -> set[str]:
    """Connectors with offsets in the topic."""
    reader = TopicReader(cluster, target.check)
    try:
        records = reader.read(OFFSETS)
    finally:
        reader.close()
    newest = {str(each.key): each.value for each in records}
    return {json.loads(key)[0] for key, value in newest.items() if value}


def backups(target: Target, bucket: str) -> list[dict[str, Any]]:
    """Oldest first."""
    keys = sorted(target.storage.keys(bucket, f"cdcctl/pipelines/{NAME}/offsets/"))
    s3 = target.client("s3")
    return [json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]) for key in keys]


def test_killed_after_every_change_in_kafka(stack: Stack, deploys: Deploys) -> None:
    """Each run is killed after its first change, so that the next one finds what one killed later would have left."""
    target = local_stack.target(stack)
    cluster = Cluster({"bootstrap.servers": stack.bootstrap_servers}, target.check)
    everything = job(stack, offsets=True, topics=True)
    leave(cluster)
    killed: list[str] = []
    while (run := deploys.run(everything, kill_after=1))["killed"]:
        killed += run["calls"]
        assert len(killed) < 20, killed
    assert killed == ["delete_groups"] * len(GROUPS) + ["write"] + ["delete"] * (len(TOPICS) - 1)
    assert left(cluster) == {OFFSETS}
    assert known(cluster, target) == {STRANGER}
    # All that was deleted is in a backup, and no later run, which found less, has written over it.
    whole = backups(target, stack.bucket)[0]
    assert (len(whole["source"]), sorted(whole["groups"])) == (1, sorted(GROUPS))
    assert deploys.run(everything)["calls"] == []
    cluster.delete([OFFSETS])
