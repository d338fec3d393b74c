"""Walk a plan, each step until it took effect; then look at everything again and compare.

Every step may be taken again: after a crash, the next ``deploy`` looks anew and does what is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from cdcctl.deploy.brokers import open_cluster
from cdcctl.deploy.connector_steps import ConnectorSteps, Parts
from cdcctl.deploy.desired import Desired, DesiredTopic
from cdcctl.deploy.observe import Observed, observe
from cdcctl.deploy.operations import Operations
from cdcctl.deploy.parallel import in_parallel
from cdcctl.deploy.plan import Action, Plan, Step
from cdcctl.deploy.planner import make_plan, schema_id
from cdcctl.deploy.plugin_steps import active_plugin, delete_plugin, delete_worker_configuration, worker_configuration
from cdcctl.deploy.record import write_record
from cdcctl.deploy.run import Run
from cdcctl.errors import ConflictError, InputError
from cdcctl.kafka.cluster import Cluster

# Descriptions may lag a little behind what was done.
_READ_BACK_SECONDS = 60
_SECONDS = 15 * 60


def execute(run: Run, desired: Desired, observed: Observed, plan: Plan) -> None:
    """Carry the plan out.

    :param observed: what the plan was made from.
    :raises InputError: a step cannot be taken; nothing has been changed then.
    :raises RemoteError: a service failed, a connector did not come to run, or something is not as it was asked for;
        the next run continues from there.
    """
    require_possible(plan)
    if plan.changes:
        run.journal.plan(plan.to_dict())
        observed = _Execution(run, desired, observed, plan).run()
    write_record(run.target, desired, observed)


def require_possible(plan: Plan) -> None:
    """:raises InputError: a step cannot be taken."""
    if plan.refused:
        raise InputError(
            f"{len(plan.refused)} resource(s) stand in the way",
            hint="change the pipeline file, or remove them; nothing was changed",
            details=[f"{step.kind} {step.name} {step.why}" for step in plan.refused],
        )


class _Execution:
    def __init__(self, run: Run, desired: Desired, observed: Observed, plan: Plan) -> None:
        self._run = run
        self._desired = desired
        self._observed = observed
        self._plan = plan
        self._connectors = ConnectorSteps(run, desired.log_group, observed)

    def run(self) -> Observed:
        """What connectors need first, then all connectors side by side, then what nothing needs any more.

        Returns what is there afterwards.
        """
        for step in self._plan.changes:
            self._small_thing(step)
        desired = self._desired
        plugins = in_parallel(
            self._run, lambda wanted: active_plugin(self._run, desired, wanted, self._plan), desired.plugins
        )
        parts = Parts(
            {wanted.name: plugin for wanted, plugin in zip(desired.plugins, plugins, strict=True)},
            worker_configuration(self._run, desired),
        )
        in_parallel(
            self._run,
            lambda wanted: self._connectors.take(self._plan.step("connector", wanted.name), wanted, parts),
            desired.connectors,
        )
        for step in self._plan.changes:
            if step.action is Action.DELETE:
                self._delete(step)
        return self._read_back()

    def _small_thing(self, step: Step) -> None:
        target = self._run.target
        create: dict[str, Callable[[str], object]] = {
            "log group": lambda name: target.logs.create_group(name, self._desired.tags),
            "registry": self._create_registry,
            "Glue database": lambda name: target.storage.create_database(name, self._desired.tags),
            "topic": self._create_topic,
        }
        if step.action is Action.CREATE and step.kind in create:
            with self._run.change(f"create {step.kind} {step.name}"):
                create[step.kind](step.name)
        elif step.kind == "schema":
            self._schema(step)
        elif step.action is Action.UPDATE and step.kind == "topic":
            topic = self._topic(step.name)
            with self._run.change(f"change topic {step.name}"):
                self._cluster().set(step.name, topic.settings)

    def _create_registry(self, name: str) -> None:
        registry = self._run.target.registry

        def attempt() -> str | None:
            try:
                return registry.find_registry(name) or registry.create_registry(name, self._desired.tags)
            except ConflictError:
                return None

        self._run.waiting.until(attempt, bool, _SECONDS, lambda _: f"the registry {name} of before is DELETING")

    def _schema(self, step: Step) -> None:
        registry = self._run.target.registry
        wanted = next(schema for schema in self._desired.schemas if schema_id(schema) == step.name)
        act = registry.create_schema if step.action is Action.CREATE else registry.set_compatibility
        with self._run.change(f"{step.action.value} schema {step.name} with compatibility {wanted.compatibility}"):
            act(wanted.registry, wanted.name, wanted.compatibility)

    def _create_topic(self, name: str) -> None:
        wanted = self._topic(name)
        self._cluster().create(name, wanted.partitions, wanted.settings)

    def _topic(self, name: str) -> DesiredTopic:
        return next(topic for topic in self._desired.topics if topic.name == name)

    def _cluster(self) -> Cluster:
        return open_cluster(self._desired.pipeline, self._run.target)

    def _delete(self, step: Step) -> None:
        if step.kind == "connector":
            Operations(self._run, self._desired.log_group).delete(step.name)
        elif step.kind == "worker configuration":
            delete_worker_configuration(self._run, step.name)
        elif step.kind == "custom plugin":
            delete_plugin(self._run, step.name)

    def _read_back(self) -> Observed:
        """Look at everything again: nothing may be left to do.

        :raises RemoteError: something is not as it was asked for, although no operation said so.
        """

        def look() -> tuple[Observed, tuple[Step, ...]]:
            observed = observe(self._run.target, self._desired)
            return observed, make_plan(self._desired, observed).changes

        self._run.say("reading everything back")
        observed, _ = self._run.waiting.until(
            look,
            lambda seen: not seen[1],
            _READ_BACK_SECONDS,
            lambda seen: (
                "not as asked for, although done: " + ", ".join(f"{each.kind} {each.name}" for each in seen[1])
            ),
        )
        return observed
