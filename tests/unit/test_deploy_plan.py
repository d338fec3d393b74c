"""Planning and carrying out: what is decided for every state of the world, and that doing it leaves nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdcctl.aws.msk_connect import Connector, ConnectorRequest, Plugin, WorkerConfiguration
from cdcctl.aws.target import Target
from cdcctl.deploy.deployment import plan_deployment
from cdcctl.deploy.desired import Desired, desired_state
from cdcctl.deploy.executor import execute
from cdcctl.deploy.planner import Do, Observed, Plan, make_plan, observe
from cdcctl.documents import Document
from cdcctl.errors import ConflictError, InputError, NotFoundError, RemoteError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.plugins.build import BuiltPlugin
from cdcctl.render.configurations import render

ARN = "arn:aws:kafkaconnect:r:a"
BASE: dict[str, Any] = {
    "name": "m",
    "topic_prefix": "db1",
    "source": {"host": "h", "server_id": 1, "tables": ["a.b"], "credentials": {"secret": "s"}},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"type": "iceberg", "warehouse": "s3://lake/w"},
    "kafka": {"bootstrap_servers": "b:1", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::111122223333:role/x", "plugin_bucket": "bucket"},
}


def pipeline() -> Pipeline:
    return parse([Document("base", BASE)])


def desired(made: Pipeline | None = None) -> Desired:
    made = made or pipeline()
    zips = [BuiltPlugin(name, Path(f"/{name}.zip"), name * 8, 100, (), {}) for name in ("source", "sink")]
    return desired_state(made, render(made, "r"), zips[0], {"sink": zips[1]})


class World:
    """AWS as the planner and the executor see it, in memory; every client of a target is this object."""

    def __init__(self) -> None:
        self.buckets = {"bucket"}
        self.objects: dict[str, int] = {}
        self.plugins: dict[str, Plugin] = {}
        self.workers: dict[str, WorkerConfiguration] = {}
        self.groups: set[str] = set()
        self.registries: set[str] = set()
        self.databases: set[str] = set()
        self.connectors: dict[str, Connector] = {}
        self.becomes = "RUNNING"
        self.log = ["[Worker] INFO fine", "[Worker] ERROR the cause"]
        self.done: list[str] = []
        self.fail_after: int | None = None

    def _change(self, what: str) -> None:
        if self.fail_after is not None and len(self.done) >= self.fail_after:
            raise KeyboardInterrupt
        self.done.append(what)

    def target(self) -> Target:
        made = Target(boto3.Session(region_name="r"), "r", "the test", poll_seconds=0)
        for name in ("msk_connect", "registry", "storage", "logs"):
            made.__dict__[name] = self
        return made

    def has_bucket(self, name: str) -> bool:
        return name in self.buckets

    def size(self, _bucket: str, key: str) -> int | None:
        return self.objects.get(key)

    def upload(self, path: Path, _bucket: str, key: str) -> None:
        self._change(f"upload {path.name}")
        self.objects[key] = 100

    def has_database(self, name: str) -> bool:
        return name in self.databases

    def create_database(self, name: str) -> None:
        self._change(f"database {name}")
        self.databases.add(name)

    def find_registry(self, name: str) -> str | None:
        return name if name in self.registries else None

    def create_registry(self, name: str, _tags: Any) -> str:
        self._change(f"registry {name}")
        if name in self.registries:
            raise ConflictError("there")
        self.registries.add(name)
        return name

    def has_group(self, name: str) -> bool:
        return name in self.groups

    def create_group(self, name: str) -> None:
        self._change(f"group {name}")
        self.groups.add(name)

    def lines(self, *_: Any, **__: Any) -> list[str]:
        return self.log

    def find_plugin(self, name: str) -> Plugin | None:
        return self.plugins.get(name)

    def describe_plugin(self, arn: str) -> Plugin:
        name = arn.split("/")[1]
        self.plugins[name] = Plugin(name, arn, "ACTIVE")
        return self.plugins[name]

    def create_plugin(self, name: str, _bucket: str, key: str, _tags: Any) -> Plugin:
        self._change(f"plugin {name}")
        assert name not in self.plugins
        assert key in self.objects
        self.plugins[name] = Plugin(name, f"{ARN}:custom-plugin/{name}/1", "CREATING")
        return self.plugins[name]

    def delete_plugin(self, arn: str) -> None:
        del self.plugins[arn.split("/")[1]]

    def find_worker_configuration(self, name: str) -> WorkerConfiguration | None:
        return self.workers.get(name)

    def create_worker_configuration(self, name: str, content: str, _tags: Any) -> WorkerConfiguration:
        self._change(f"worker {name}")
        assert name not in self.workers
        self.workers[name] = WorkerConfiguration(name, f"{ARN}:worker-configuration/{name}/1", "ACTIVE", 1, content)
        return self.workers[name]

    def find_connector(self, name: str) -> Connector | None:
        return self.connectors.get(name)

    def describe_connector(self, arn: str) -> Connector:
        found = self.connectors.get(arn.split("/")[1])
        if found is None:
            raise NotFoundError("gone")
        return found

    def create_connector(self, request: ConnectorRequest) -> str:
        self._change(f"connector {request.name}")
        assert request.name not in self.connectors
        arn = f"{ARN}:connector/{request.name}/1"
        self.put(request.name, request.configuration, request.plugin.arn, request.worker_configuration.arn)
        return arn

    def put(self, name: str, configuration: Any, plugin: str, worker: str, state: str | None = None) -> None:
        arn, reason = f"{ARN}:connector/{name}/1", "Unknown: it failed"
        self.connectors[name] = Connector(
            name, arn, state or self.becomes, configuration, plugin, worker, "v", reason=reason
        )

    def delete_connector(self, arn: str) -> None:
        del self.connectors[arn.split("/")[1]]


def plan(world: World, wanted: Desired | None = None) -> Plan:
    wanted = wanted or desired()
    return make_plan(wanted, observe(world.target(), wanted))


def carry_out(world: World, wanted: Desired | None = None) -> None:
    wanted = wanted or desired()
    execute(world.target(), wanted, plan(world, wanted), lambda _text: None)


def decided(made: Plan) -> dict[str, Do]:
    return {f"{step.kind} {step.name}": step.do for step in made.steps}


def test_nothing_there() -> None:
    made = plan(World())
    assert {step.do for step in made.steps if step.kind != "bucket"} == {Do.CREATE}
    assert [step.kind for step in made.steps][-2:] == ["connector", "connector"]


def test_carrying_out_leaves_nothing_to_do() -> None:
    world = World()
    carry_out(world)
    assert plan(world).changes == ()
    done = list(world.done)
    carry_out(world)
    assert world.done == done


def test_any_interruption_is_continued_and_nothing_made_twice() -> None:
    whole = World()
    carry_out(whole)
    for steps in range(len(whole.done)):
        world = World()
        world.fail_after = steps
        with pytest.raises(KeyboardInterrupt):
            carry_out(world)
        world.fail_after = None
        carry_out(world)
        assert sorted(world.done) == sorted(whole.done)
        assert plan(world).changes == ()


def test_missing_bucket_is_refused_before_anything_changes() -> None:
    world = World()
    world.buckets.clear()
    with pytest.raises(InputError) as caught:
        carry_out(world)
    assert "bucket bucket does not exist" in caught.value.details[0]
    assert world.done == []


def test_other_configuration_is_refused_by_key_without_values() -> None:
    world = World()
    carry_out(world)
    changed = {**BASE, "source": {**BASE["source"], "host": "other", "properties": {"poll.interval.ms": 1}}}
    made = plan(world, desired(parse([Document("base", changed)])))
    (step,) = made.refused
    assert step.name == "m-source"
    assert step.why == "exists with other database.hostname, poll.interval.ms"


def test_other_plugin_or_worker_configuration_is_refused() -> None:
    world, wanted = World(), desired()
    carry_out(world)
    for connector in wanted.connectors:
        world.put(connector.name, connector.configuration, f"{ARN}:custom-plugin/other/1", f"{ARN}:x/other/1")
    assert {step.why for step in plan(world).refused} == {"exists with other plugin, worker configuration"}


@pytest.mark.parametrize(
    ("state", "do"),
    [
        ("RUNNING", Do.KEEP),
        ("CREATING", Do.WAIT),
        ("UPDATING", Do.WAIT),
        ("FAILED", Do.REPLACE),
        ("DELETING", Do.CREATE),
    ],
)
def test_connector_states(state: str, do: Do) -> None:
    world = World()
    carry_out(world)
    old = world.connectors["m-source"]
    world.put("m-source", old.configuration, old.plugin_arn, old.worker_configuration_arn, state)
    assert decided(plan(world))["connector m-source"] is do


def test_failed_connector_is_replaced() -> None:
    world = World()
    carry_out(world)
    old = world.connectors["m-sink"]
    world.put("m-sink", old.configuration, old.plugin_arn, old.worker_configuration_arn, "FAILED")
    world.done.clear()
    carry_out(world)
    assert world.done == ["connector m-sink"]
    assert world.connectors["m-sink"].state == "RUNNING"


@pytest.mark.parametrize(("state", "do"), [("ACTIVE", Do.KEEP), ("CREATING", Do.WAIT), ("CREATE_FAILED", Do.REPLACE)])
def test_plugin_states(state: str, do: Do) -> None:
    world = World()
    carry_out(world)
    name = next(iter(world.plugins))
    world.plugins[name] = Plugin(name, f"{ARN}:custom-plugin/{name}/1", state)
    assert decided(plan(world))[f"custom plugin {name}"] is do
    carry_out(world)
    assert world.plugins[name].state == "ACTIVE"


def test_object_is_not_needed_once_the_plugin_is_made() -> None:
    world = World()
    carry_out(world)
    world.objects.clear()
    assert plan(world).changes == ()


def test_failure_says_operation_state_and_cause() -> None:
    world = World()
    world.becomes = "FAILED"
    with pytest.raises(RemoteError) as caught:
        carry_out(world)
    assert caught.value.message == "CreateConnector of m-source: it is FAILED"
    assert caught.value.details == ("state description: Unknown: it failed", *caught.value.details[1:])
    assert "/cdcctl/m" in str(caught.value.hint)


def test_failure_without_an_error_line_shows_the_end_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdcctl.deploy.executor._LOG_SECONDS", 0)
    world = World()
    world.becomes, world.log = "FAILED", ["Error: the JVM did not start"]
    with pytest.raises(RemoteError) as caught:
        carry_out(world)
    assert caught.value.details[-1] == "Error: the JVM did not start"


def test_names_change_with_the_content() -> None:
    other = parse([Document("base", {**BASE, "worker": {"properties": {"offset.flush.interval.ms": 1}}})])
    assert desired().worker_name != desired(other).worker_name
    assert desired() == desired()


@settings(deadline=None)
@given(st.data())
def test_the_plan_creates_exactly_what_is_missing(data: st.DataObject) -> None:
    world, wanted = World(), desired()
    carry_out(world, wanted)
    whole = observe(world.target(), wanted)
    parts = {
        name: data.draw(st.sets(st.sampled_from(sorted(getattr(whole, name)))))
        for name in ("registries", "databases", "log_groups", "worker_configurations")
    }
    left = {name: frozenset(getattr(whole, name) - gone) for name, gone in parts.items()}
    made = make_plan(wanted, Observed(**{**vars(whole), **left}))
    assert {step.name for step in made.changes} == set().union(*parts.values())


def test_aws_needs_a_config_provider_for_secrets() -> None:
    with pytest.raises(InputError, match="secrets_provider"):
        plan_deployment(pipeline(), World().target(), lambda _text: None)
