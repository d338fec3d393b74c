"""Planning: what is decided for every state of the world, what changes, why, and what it costs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from deploy_world import BASE, arn, desired, fulfilled, pipeline, running
from hypothesis import given
from hypothesis import strategies as st

from cdcctl.aws.connect_resources import Plugin, WorkerConfiguration
from cdcctl.aws.glue_registry import Schema
from cdcctl.deploy.desired import OWNER_TAG, Desired
from cdcctl.deploy.observe import Observed, ObservedKafka
from cdcctl.deploy.plan import Action, Cost, Plan, Step
from cdcctl.deploy.planner import make_plan
from cdcctl.secrets import HIDDEN

NOTHING = Observed(
    buckets=frozenset({"bucket"}),
    objects={},
    plugins={},
    worker_configurations={},
    log_groups=frozenset(),
    registries=frozenset(),
    schemas={},
    databases=frozenset(),
    connectors={},
    tags={},
    users={},
    updatable=frozenset({"connectorConfiguration", "capacity", "plugins", "workerConfiguration"}),
    kafka=ObservedKafka({}, False),
)


def step(made: Plan, name: str) -> Step:
    return made.step("connector", name)


def changed(found: Step) -> list[tuple[str, str, str | None, str | None]]:
    return [(each.part, each.property, each.old, each.new) for each in found.changes]


def test_nothing_there() -> None:
    made = make_plan(desired(), NOTHING)
    assert {each.action for each in made.steps if each.kind != "bucket"} == {Action.CREATE}
    assert [each.kind for each in made.steps][-2:] == ["connector", "connector"]
    source = step(made, "m-source")
    assert (source.cost, "holds no offsets" in source.price) == (Cost.SNAPSHOT, True)
    assert step(made, "m-sink").cost is Cost.NONE


def test_a_source_whose_offsets_are_there_goes_on() -> None:
    made = make_plan(desired(), replace(NOTHING, kafka=ObservedKafka({}, True)))
    assert step(made, "m-source").cost is Cost.NONE
    assert "goes on from its offsets in topic m-connect-offsets" in step(made, "m-source").price


def test_brokers_out_of_reach_are_a_note_and_no_guess() -> None:
    made = make_plan(desired(), replace(NOTHING, kafka=None, why_no_kafka="b:1: timed out"))
    assert [each for each in made.steps if each.kind == "topic"] == []
    assert "b:1: timed out" in made.notes[0]
    assert "cannot be seen from here" in step(made, "m-source").price


def test_all_there() -> None:
    made = make_plan(desired(), fulfilled(desired()))
    assert made.changes == ()
    assert {each.cost for each in made.steps} == {Cost.NONE}


def test_missing_bucket_is_refused() -> None:
    made = make_plan(desired(), replace(NOTHING, buckets=frozenset()))
    assert [(each.name, each.why.startswith("does not exist")) for each in made.refused] == [("bucket", True)]


def test_a_changed_property_is_an_update_in_place_with_both_values() -> None:
    wanted = desired(pipeline(source={"host": "other", "properties": {"poll.interval.ms": 1}}))
    made = make_plan(wanted, fulfilled(desired()))
    assert [each.name for each in made.changes] == ["m-source"]
    found = step(made, "m-source")
    assert found.action is Action.UPDATE
    assert changed(found) == [
        ("configuration", "database.hostname", "h", "other"),
        ("configuration", "poll.interval.ms", None, "1"),
    ]
    assert found.cost is Cost.SNAPSHOT
    assert "same server" in found.price


def test_a_sink_property_costs_a_pause() -> None:
    wanted = desired(pipeline(sink={"commit_interval_ms": 5000}))
    found = step(make_plan(wanted, fulfilled(desired())), "m-sink")
    assert changed(found) == [("configuration", "iceberg.control.commit.interval-ms", "60000", "5000")]
    assert (found.action, found.cost) == (Action.UPDATE, Cost.GAP)


def test_a_table_more_costs_what_it_holds_already() -> None:
    wanted = desired(pipeline(source={"tables": ["a.b", "a.c"]}))
    found = step(make_plan(wanted, fulfilled(desired())), "m-source")
    assert found.cost is Cost.GAP
    assert r"a\.c holds already come only with an incremental snapshot" in found.price


@pytest.mark.parametrize(
    ("overlay", "cost"),
    [
        ({"topic_prefix": "db2"}, Cost.SNAPSHOT),
        ({"source": {"port": 3307}}, Cost.SNAPSHOT),
        ({"source": {"snapshot_mode": "always"}}, Cost.SNAPSHOT),
        ({"source": {"snapshot_mode": "no_data"}}, Cost.GAP),
        ({"source": {"server_id": 2}}, Cost.GAP),
        ({"worker": {"properties": {"offset.storage.topic": "elsewhere"}}}, Cost.SNAPSHOT),
        ({"worker": {"properties": {"offset.flush.interval.ms": 1}}}, Cost.GAP),
        ({"connect": {"capacity": {"mcu": 2}}}, Cost.GAP),
        ({"tags": {"team": "data"}}, Cost.NONE),
    ],
)
def test_what_a_change_of_the_source_costs(overlay: dict[str, Any], cost: Cost) -> None:
    found = step(make_plan(desired(pipeline(**overlay)), fulfilled(desired())), "m-source")
    assert (found.action, found.cost) == (Action.UPDATE, cost)


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ({"connect": {"version": "2.7.1"}}, "kafkaConnectVersion"),
        ({"connect": {"role_arn": "arn:aws:iam::111122223333:role/y"}}, "serviceExecutionRoleArn"),
        ({"connect": {"log_group": "/other"}}, "logDelivery.workerLogDelivery.cloudWatchLogs.logGroup"),
        ({"kafka": {"security_groups": ["sg"]}}, "kafkaCluster.apacheKafkaCluster.vpc.securityGroups"),
        ({"source": {"properties": {"connector.class": "a.B"}}}, "connector.class"),
    ],
)
def test_what_cannot_be_changed_is_a_replacement_that_keeps_offsets(overlay: dict[str, Any], said: str) -> None:
    found = step(make_plan(desired(pipeline(**overlay)), fulfilled(desired())), "m-source")
    assert found.action is Action.REPLACE
    assert found.why == f"{said} of a connector cannot be changed"
    assert (found.cost, "offsets in topic m-connect-offsets" in found.price) == (Cost.GAP, True)


def test_order_of_subnets_and_spelled_out_defaults_are_no_difference() -> None:
    wanted = desired(pipeline(kafka={"subnets": ["s2", "s1"]}))
    observed = fulfilled(wanted)
    for name, each in observed.connectors.items():
        more = {**each.settings, "networkType": "IPV4", "kafkaCluster.apacheKafkaCluster.vpc.subnets": "s1,s2"}
        observed = replace(observed, connectors={**observed.connectors, name: replace(each, settings=more)})
    assert make_plan(wanted, observed).changes == ()


def test_plugin_and_worker_configuration_are_swapped_in_place_and_the_old_ones_deleted() -> None:
    wanted = desired(pipeline(worker={"properties": {"offset.flush.interval.ms": 1}}), source_zip="newer")
    before = fulfilled(desired())
    made = make_plan(wanted, before)
    actions = [(each.action.value, each.kind) for each in made.changes]
    assert actions == [
        ("create", "plugin object"),
        ("create", "custom plugin"),
        ("create", "worker configuration"),
        ("update", "connector"),
        ("update", "connector"),
        ("delete", "worker configuration"),
        ("delete", "custom plugin"),
    ]
    assert changed(step(made, "m-source")) == [
        ("plugin", "name", "debezium-sourcexxxxxx", "debezium-newerxxxxxxx"),
        ("worker configuration", "name", desired().worker_name, wanted.worker_name),
        ("worker configuration", "offset.flush.interval.ms", "10000", "1"),
    ]
    assert {each.name for each in made.changes if each.action is Action.DELETE} == {
        "debezium-sourcexxxxxx",
        desired().worker_name,
    }


def test_an_old_sdk_swaps_by_replacement() -> None:
    old = replace(fulfilled(desired()), updatable=frozenset({"connectorConfiguration", "capacity"}))
    found = step(make_plan(desired(source_zip="newer"), old), "m-source")
    assert (found.action, found.why) == (Action.REPLACE, "UpdateConnector of the installed SDK has no plugins")


def test_a_replacement_can_be_asked_for() -> None:
    wanted, observed = desired(source_zip="newer"), fulfilled(desired())
    made = make_plan(wanted, observed, frozenset({"m-source"}))
    assert (step(made, "m-source").action, step(made, "m-source").why) == (Action.REPLACE, "asked for")
    assert make_plan(desired(), observed, frozenset({"m-source"})).changes == ()


def test_configuration_and_worker_settings_are_two_operations() -> None:
    wanted = desired(pipeline(source={"server_id": 9}), source_zip="newer")
    assert step(make_plan(wanted, fulfilled(desired())), "m-source").why == "in two operations"


def with_state(wanted: Desired, state: str) -> Observed:
    observed = fulfilled(wanted)
    return replace(observed, connectors={**observed.connectors, "m-source": running(wanted, "m-source", state)})


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("RUNNING", Action.KEEP),
        ("PAUSED", Action.KEEP),
        ("CREATING", Action.WAIT),
        ("UPDATING", Action.WAIT),
        ("FAILED", Action.REPLACE),
        ("DELETING", Action.CREATE),
    ],
)
def test_connector_states(state: str, action: Action) -> None:
    assert step(make_plan(desired(), with_state(desired(), state)), "m-source").action is action


def test_a_paused_connector_is_updated_without_health_checks_and_the_plan_says_so() -> None:
    found = step(make_plan(desired(pipeline(source={"server_id": 9})), with_state(desired(), "PAUSED")), "m-source")
    assert found.action is Action.UPDATE
    assert "health is not checked" in found.why


@pytest.mark.parametrize(
    ("state", "action"), [("ACTIVE", Action.KEEP), ("CREATING", Action.WAIT), ("CREATE_FAILED", Action.REPLACE)]
)
def test_plugin_states(state: str, action: Action) -> None:
    observed = fulfilled(desired())
    name = desired().plugins[0].name
    found = {**observed.plugins, name: Plugin(name, arn("custom-plugin", name), state)}
    assert make_plan(desired(), replace(observed, plugins=found)).step("custom plugin", name).action is action


def test_object_is_not_needed_once_the_plugin_is_made() -> None:
    assert make_plan(desired(), replace(fulfilled(desired()), objects={})).changes == ()


def test_another_pipelines_connector_is_refused() -> None:
    observed = fulfilled(desired())
    observed = replace(observed, tags={**observed.tags, "m-source": {OWNER_TAG: "other"}})
    (refused,) = make_plan(desired(), observed).refused
    assert "belongs to pipeline other" in refused.why


def test_a_connector_without_a_mark_is_taken_over() -> None:
    observed = fulfilled(desired())
    found = step(make_plan(desired(), replace(observed, tags={**observed.tags, "m-source": {}})), "m-source")
    assert (found.action, changed(found)) == (Action.UPDATE, [("tags", OWNER_TAG, None, "m")])
    assert found.cost is Cost.NONE


def test_what_the_file_no_longer_has_is_deleted_and_what_others_use_stays() -> None:
    wanted = desired()
    observed = fulfilled(wanted)
    gone = replace(running(wanted, "m-sink"), name="m-second", arn=arn("connector", "m-second"))
    old = [WorkerConfiguration(f"m-worker-{n:010x}", arn("worker-configuration", str(n)), "ACTIVE") for n in (1, 2)]
    foreign = WorkerConfiguration("m-worker-worker-0123456789", arn("worker-configuration", "f"), "ACTIVE")
    observed = replace(
        observed,
        connectors={**observed.connectors, "m-second": gone},
        tags={**observed.tags, "m-second": dict(wanted.tags)},
        worker_configurations={
            **observed.worker_configurations,
            **{each.arn: each for each in (*old, foreign)},
        },
        users={**observed.users, old[0].arn: frozenset({"m-second"}), old[1].arn: frozenset({"somebody-elses"})},
    )
    made = make_plan(wanted, observed)
    assert [(each.action.value, each.kind, each.name) for each in made.changes] == [
        ("delete", "connector", "m-second"),
        ("delete", "worker configuration", old[0].name),
    ]


def test_the_mode_of_schemas_that_exist_is_changed() -> None:
    wanted = desired(pipeline(registries={"compatibility": "FULL"}))
    observed = fulfilled(desired())
    observed = replace(observed, schemas={("v", "db1.a.b"): Schema("v", "db1.a.b", "FORWARD", "AVAILABLE")})
    found = make_plan(wanted, observed).step("schema", "v/db1.a.b")
    assert (found.action, changed(found)) == (Action.UPDATE, [("schema", "compatibility", "FORWARD", "FULL")])


def test_secrets_are_hidden_and_still_tell_that_they_differ() -> None:
    wanted, observed = desired(), fulfilled(desired())
    plans = []
    for password in ("hush-hush", "hush-again"):
        found = observed.connectors["m-source"]
        leaky = replace(found, configuration={**found.configuration, "database.password": password})
        plans.append(make_plan(wanted, replace(observed, connectors={**observed.connectors, "m-source": leaky})))
    (change,) = step(plans[0], "m-source").changes
    assert (change.old, change.new) == (HIDDEN, "${secretsmanager:s:password}")
    assert plans[0].fingerprint != plans[1].fingerprint
    assert "hush" not in json.dumps(plans[0].to_dict()) + repr(plans[0])


def test_equal_plans_have_equal_fingerprints_and_others_do_not() -> None:
    first = make_plan(desired(), NOTHING)
    assert first.fingerprint == make_plan(desired(), NOTHING).fingerprint
    assert first.fingerprint != make_plan(desired(pipeline(source={"server_id": 2})), NOTHING).fingerprint
    assert first.fingerprint != make_plan(desired(), replace(NOTHING, registries=frozenset({"k"}))).fingerprint


def test_names_change_with_the_content() -> None:
    other = pipeline(worker={"properties": {"offset.flush.interval.ms": 1}})
    assert desired().worker_name != desired(other).worker_name
    assert desired() == desired(pipeline())
    assert BASE["name"] == "m"


@given(st.data())
def test_the_plan_creates_exactly_what_is_missing(data: st.DataObject) -> None:
    wanted = desired()
    whole = fulfilled(wanted)
    parts = {
        name: data.draw(st.sets(st.sampled_from(sorted(getattr(whole, name)))))
        for name in ("registries", "databases", "log_groups")
    }
    connectors = data.draw(st.sets(st.sampled_from(sorted(whole.connectors))))
    left: dict[str, Any] = {name: frozenset(getattr(whole, name) - gone) for name, gone in parts.items()}
    left["connectors"] = {name: each for name, each in whole.connectors.items() if name not in connectors}
    made = make_plan(wanted, replace(whole, **left))
    assert {each.name for each in made.changes} == set().union(*parts.values(), connectors)
    assert {each.action for each in made.changes} <= {Action.CREATE}
