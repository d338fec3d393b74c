"""``cdcctl bootstrap``: a stack is deployed, updated, planned only, and deleted, in moto's CloudFormation."""

from __future__ import annotations

import pytest
from bootstrap_stack import SMALL, TEMPLATE, silent

from cdcctl.aws.cloudformation import Event
from cdcctl.aws.target import Target
from cdcctl.bootstrap import stack as stacks
from cdcctl.bootstrap.planning import planned
from cdcctl.bootstrap.template import Template, read_template
from cdcctl.errors import NotFoundError


def deploy(place: Target, template: Template = TEMPLATE, *settings: str) -> tuple[list[str], list[Event]]:
    """What was done, and the events shown."""
    events: list[Event] = []
    with planned(place, "movies", template, settings, silent) as plan:
        done = [f"{each.do} {each.logical_id}" for each in plan.changes]
        plan.carry_out(events.append)
    return done, events


def test_deploy_then_nothing_to_do_then_delete(place):
    done, events = deploy(place)
    assert done == ["create Bucket", "create Logs"]
    assert events[-1].status == "CREATE_COMPLETE"
    assert deploy(place) == ([], [])
    s3 = place.client("s3")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["movies-small"]
    stack = stacks.require_stack(place, "movies")
    assert stacks.outliving(place, stack) == [stacks.Kept("AWS::S3::Bucket", "Bucket", "RetainExceptOnCreate")]
    shown: list[Event] = []
    stacks.delete(place, stack, shown.append)
    assert shown[-1].status == "DELETE_COMPLETE"
    with pytest.raises(NotFoundError, match="there is no stack cdcctl-movies"):
        stacks.require_stack(place, "movies")


def test_an_update_shows_its_own_events_only(place):
    deploy(place)
    more = "  Second:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: movies-second}\n"
    done, events = deploy(place, read_template("small.yaml", SMALL + more))
    assert done == ["create Second"]
    assert {each.status for each in events} == {"UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"}
    buckets = place.client("s3").list_buckets()["Buckets"]
    assert {each["Name"] for each in buckets} == {"movies-second", "movies-small"}


def test_a_plan_that_is_not_carried_out_leaves_nothing(place):
    client = place.client("cloudformation")
    with planned(place, "movies", TEMPLATE, [], silent) as plan:
        assert plan.is_new
        assert len(plan.changes) == 2
        with pytest.raises(NotFoundError):
            stacks.require_stack(place, "movies")
    assert place.cloudformation.find_stack("cdcctl-movies") is None
    deploy(place)
    changed = read_template("small.yaml", SMALL.replace("!Ref Days", "7"))
    with planned(place, "movies", changed, [], silent) as plan:
        assert len(client.list_change_sets(StackName="cdcctl-movies")["Summaries"]) == 2
    assert len(client.list_change_sets(StackName="cdcctl-movies")["Summaries"]) == 1
