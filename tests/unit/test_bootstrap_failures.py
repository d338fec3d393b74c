"""``cdcctl bootstrap``: what is told of a stack's failure, and stacks that take no change or no deletion."""

from __future__ import annotations

from typing import Any

import pytest
from bootstrap_stack import ARN, CHANGE_SET, TEMPLATE, Scripted, happened, silent

from cdcctl.aws.cloudformation import Event, Stack
from cdcctl.bootstrap import stack as stacks
from cdcctl.bootstrap.following import first_cause
from cdcctl.bootstrap.planning import planned
from cdcctl.errors import ConflictError, RemoteError


def test_the_first_real_cause_of_a_failed_creation():
    aws = Scripted()
    old = happened("cdcctl-movies", "AWS::CloudFormation::Stack", "REVIEW_IN_PROGRESS")
    began = happened("cdcctl-movies", "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS")
    cause = happened("Kafka", "AWS::MSK::Cluster", "CREATE_FAILED", "kafka.m9.large is not offered here")
    cancelled = happened("Database", "AWS::RDS::DBCluster", "CREATE_FAILED", "Resource creation cancelled")
    second = happened("Vpc", "AWS::EC2::VPC", "CREATE_FAILED", "The maximum number of VPCs has been reached.")
    whole = happened(
        "cdcctl-movies", "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed: …"
    )
    aws.no_stack()
    aws.stub.add_response("create_change_set", CHANGE_SET)
    aws.change_set("CREATE_IN_PROGRESS")
    aws.change_set("CREATE_COMPLETE", changes=(_added("AWS::MSK::Cluster", "Kafka"),))
    aws.events(old)
    aws.stub.add_response("execute_change_set", {})
    aws.stack("CREATE_IN_PROGRESS")
    aws.events(began, old)
    aws.stack("ROLLBACK_COMPLETE")
    # Two pages: the newer half first.
    aws.events(whole, second, more=True)
    aws.events(cancelled, cause, began)
    shown: list[Event] = []
    with (
        planned(aws.target, "movies", TEMPLATE, [], silent) as plan,
        pytest.raises(RemoteError) as caught,
    ):
        plan.carry_out(shown.append)
    aws.stub.assert_no_pending_responses()
    assert [each.logical_id for each in shown] == ["cdcctl-movies", "Kafka", "Database", "Vpc", "cdcctl-movies"]
    assert caught.value.message == (
        "stack cdcctl-movies is ROLLBACK_COMPLETE: AWS::MSK::Cluster Kafka is CREATE_FAILED: "
        "kafka.m9.large is not offered here"
    )
    assert caught.value.details == ("then AWS::EC2::VPC Vpc: The maximum number of VPCs has been reached.",)
    assert "cdcctl bootstrap delete movies" in str(caught.value.hint)


def _added(kind: str, logical_id: str) -> dict[str, Any]:
    return {"Action": "Add", "LogicalResourceId": logical_id, "ResourceType": kind}


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("UPDATE_IN_PROGRESS", "cdcctl bootstrap deploy movies"),
        ("ROLLBACK_COMPLETE", "cdcctl bootstrap delete movies"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
    ],
)
def test_a_stack_that_takes_no_change(status, hint):
    aws = Scripted()
    aws.stack(status)
    with pytest.raises(ConflictError) as caught, planned(aws.target, "movies", TEMPLATE, [], silent):
        pass
    assert status in caught.value.message
    assert hint in str(caught.value.hint)


def test_an_operation_under_way_is_followed_from_its_beginning():
    aws = Scripted()
    before = happened("cdcctl-movies", "AWS::CloudFormation::Stack", "CREATE_COMPLETE")
    began = happened("cdcctl-movies", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS")
    resource = happened("Kafka", "AWS::MSK::Cluster", "UPDATE_FAILED", "no such version")
    ended = happened("cdcctl-movies", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE")
    aws.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    aws.events(resource, began, before)
    aws.stack("UPDATE_ROLLBACK_COMPLETE")
    aws.events(ended, resource, began, before)
    shown: list[Event] = []
    with pytest.raises(RemoteError, match="AWS::MSK::Cluster Kafka is UPDATE_FAILED: no such version"):
        stacks.wait_until_idle(aws.target, "movies", shown.append)
    assert [each.status for each in shown] == ["UPDATE_IN_PROGRESS", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"]


def test_a_protected_database_is_told_before_anything_is_deleted():
    aws = Scripted()
    stack = Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", parameters={"DatabaseDeletionProtection": "true"})
    with pytest.raises(ConflictError, match="protected against deletion") as caught:
        stacks.delete(aws.target, stack, silent)
    assert "--set DatabaseDeletionProtection=false" in str(caught.value.hint)


def test_a_failure_without_events():
    stack = Stack("cdcctl-movies", ARN, "DELETE_FAILED", reason="Role is gone")
    assert first_cause(stack, []).message == "stack cdcctl-movies is DELETE_FAILED: Role is gone"
