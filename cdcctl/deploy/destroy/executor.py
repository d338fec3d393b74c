"""Walk the plan of a destruction. Every step may be taken again: what is gone already is none to delete."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import groupby

from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.destroy.standing import Standing
from cdcctl.deploy.destroy.steps import BACKUP, GROUP, OBJECTS, RECORD, SOURCE_OFFSETS
from cdcctl.deploy.offset_backup import Backup, default_place, write_backup
from cdcctl.deploy.offset_restore import when_empty
from cdcctl.deploy.offset_state import read_offsets
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.parallel import in_parallel
from cdcctl.deploy.plan import Action, Plan, Step
from cdcctl.deploy.plugin_steps import delete_plugin, delete_worker_configuration
from cdcctl.deploy.record import forget_record
from cdcctl.deploy.run import Run
from cdcctl.errors import NotFoundError
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.records import write

_SECONDS = 15 * 60


def execute(run: Run, standing: Standing, plan: Plan) -> None:
    """Take every step that does something, in order; connectors, which take minutes each, side by side.

    :raises RemoteError: a step failed; the next run continues from there.
    """
    acts = _Acts(run, standing)
    for kind, steps in groupby(plan.changes, key=lambda step: step.kind):
        if kind == "connector":
            operations = Operations(run, standing.desired.log_group)
            in_parallel(run, operations.delete, [step.name for step in steps])
        else:
            for step in steps:
                acts.take(step)


class _Acts:
    def __init__(self, run: Run, standing: Standing) -> None:
        self._run = run
        self._standing = standing
        target = run.target
        self._own: dict[str, Callable[[str], object]] = {
            BACKUP: self._backup,
            "worker configuration": lambda name: delete_worker_configuration(run, name),
            "custom plugin": lambda name: delete_plugin(run, name),
        }
        self._plain: dict[str, Callable[[str], object]] = {
            "plugin object": lambda key: target.storage.delete(standing.pipeline.connect.plugin_bucket, key),
            "log group": target.logs.delete_group,
            GROUP: self._group,
            SOURCE_OFFSETS: self._source_offsets,
            "topic": self._topic,
            "schema": self._schema,
            "registry": self._registry,
            "Iceberg table": self._table,
            "Glue database": target.catalog.delete_database,
            OBJECTS: self._objects,
            RECORD: lambda _key: forget_record(target, standing.pipeline),
        }

    def take(self, step: Step) -> None:
        """Take one step; those with a journal entry of their own do without another."""
        if step.kind in self._own:
            self._own[step.kind](step.name)
            return
        verb = "forget" if step.kind in (SOURCE_OFFSETS, RECORD) else Action.DELETE.value
        with self._run.change(f"{verb} {step.kind} {step.name}"):
            self._plain[step.kind](step.name)

    def _cluster(self) -> Cluster:
        return open_cluster(self._standing.pipeline, self._run.target)

    def _backup(self, _folder: str) -> None:
        """As the offsets are now, when nobody moves them any more."""
        pipeline, target = self._standing.pipeline, self._run.target
        made = Backup.of(pipeline, read_offsets(pipeline, target))
        place = default_place(pipeline, made)
        with self._run.change(f"write a backup of the offsets to {place}"):
            write_backup(made, target, place)

    def _group(self, group: str) -> None:
        cluster = self._cluster()
        when_empty(self._run, cluster, [group])
        cluster.delete_groups([group])

    def _source_offsets(self, topic: str) -> None:
        standing = self._standing.brokers
        own = standing.offsets.source if standing else ()
        # A record without a value is how Kafka Connect itself forgets an offset.
        write(self._cluster(), topic, [replace(each.record, value=None) for each in own], keep_partitions=True)

    def _topic(self, topic: str) -> None:
        cluster = self._cluster()
        cluster.delete([topic])
        self._until_gone(cluster.topic_names, topic, f"topic {topic} is being deleted")

    def _schema(self, name: str) -> None:
        registry, _, schema = name.partition("/")
        with suppress(NotFoundError):
            self._run.target.registry.delete_schema(registry, schema)

        def left() -> list[str]:
            found = self._run.target.registry.find_schema(registry, schema)
            return [name] if found else []

        self._until_gone(left, name, f"schema {name} is DELETING")

    def _registry(self, name: str) -> None:
        registry = self._run.target.registry
        with suppress(NotFoundError):
            registry.delete_registry(name)
        self._until_gone(lambda: [name] if registry.find_registry(name) else [], name, f"registry {name} is DELETING")

    def _table(self, name: str) -> None:
        """The files first: a run that was ended between the two finds the table, and so its files."""
        table = self._standing.tables[name]
        bucket, _, prefix = table.location.removeprefix("s3://").partition("/")
        self._below(bucket, f"{prefix}/")
        self._run.target.catalog.delete_table(name)

    def _objects(self, place: str) -> None:
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        self._below(bucket, prefix)

    def _below(self, bucket: str, prefix: str) -> None:
        storage = self._run.target.storage
        storage.delete_all(bucket, storage.keys(bucket, prefix))

    def _until_gone(self, look: Callable[[], object], name: str, still: str) -> None:
        def there() -> bool:
            found = look()
            return isinstance(found, (dict, list)) and name in found

        self._run.waiting.until(there, lambda is_there: not is_there, _SECONDS, lambda _: still)
