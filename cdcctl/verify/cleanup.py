"""Remove what a scenario made, so that the next one on the same stack finds nothing of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from cdcctl.aws.target import Target
from cdcctl.errors import InputError, NotFoundError, RemoteError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names
from cdcctl.verify.lake.contents import Lake
from cdcctl.verify.replay import Replay

_SECONDS = 60.0


def require_clean(pipeline: Pipeline, target: Target, replay: Replay, scenario: str) -> None:
    """Refuse to run into what is there already, and claim the databases that the scenario is going to make.

    So nothing of a user's is ever overwritten or dropped.

    :param scenario: its name, for the hint.
    :raises InputError: a database or a connector of the scenario exists.
    """
    there = [f"database {name}" for name in replay.existing(pipeline.source.captured_databases)]
    there += [f"connector {name}" for name in names.connectors(pipeline) if target.msk_connect.find_connector(name)]
    if there:
        raise InputError(
            f"{', '.join(there)} exist(s) already, and a scenario starts from nothing",
            hint=f"is it of an earlier run? cdcctl verify {scenario} --clean removes that, --again compares it",
        )
    replay.claim(pipeline.source.captured_databases)


def remove(pipeline: Pipeline, target: Target, replay: Replay, lake: Lake) -> None:
    """Delete connectors, tables, registries, topics and databases of a scenario.

    :raises InputError: a database of the scenario was there before verify; it is left alone.
    """
    connect = target.msk_connect
    for name in names.connectors(pipeline):
        connector = connect.find_connector(name)
        if connector and connector.state != "DELETING":
            _wait(target, lambda name=name: _not_creating(target, name))  # type: ignore[misc]
            with contextlib.suppress(NotFoundError):
                connect.delete_connector(connector.arn)
    _wait(target, lambda: not any(connect.find_connector(name) for name in names.connectors(pipeline)))
    for table in pipeline.source.tables:
        lake.drop(table)
    for registry in (pipeline.registries.keys, pipeline.registries.values):
        with contextlib.suppress(NotFoundError):
            target.registry.delete_registry(registry)
    _wait(
        target,
        lambda: not any(map(target.registry.find_registry, (pipeline.registries.keys, pipeline.registries.values))),
    )
    _delete_topics(pipeline)
    left = replay.drop_claimed(pipeline.source.captured_databases)
    if left:
        raise InputError(
            f"database {', '.join(left)} was not made by verify and is left as it is",
            hint="drop it yourself if it is not needed, or give the scenario databases of its own",
        )


def _not_creating(target: Target, name: str) -> bool:
    connector = target.msk_connect.find_connector(name)
    return connector is None or connector.state not in ("CREATING", "UPDATING")


def _delete_topics(pipeline: Pipeline) -> None:
    admin = AdminClient({"bootstrap.servers": pipeline.kafka.bootstrap_servers, "log_level": 0})
    prefixes = (f"{pipeline.topic_prefix}.", f"{pipeline.name}-")
    internal = tuple(f"__amazon_msk_connect_{kind}_{pipeline.name}-" for kind in ("offsets", "configs", "status"))
    topics = [topic for topic in admin.list_topics(timeout=10).topics if topic.startswith((*prefixes, *internal))]
    if not topics:
        return
    for future in admin.delete_topics(topics).values():
        with contextlib.suppress(KafkaException):
            future.result(timeout=10)


def _wait(target: Target, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not done():
        target.check()
        if time.monotonic() > deadline:
            raise RemoteError("the scenario's resources are still being deleted", hint="cdcctl local reset starts over")
        time.sleep(target.poll_seconds)
