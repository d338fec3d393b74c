"""``cdcctl bootstrap``: change sets as CloudFormation makes or refuses them, and their changes in words."""

from __future__ import annotations

import pytest
from bootstrap_stack import ARN, CHANGE_SET, TEMPLATE, Scripted, silent

from cdcctl.aws.cloudformation import Change, PropertyChange
from cdcctl.bootstrap.changes import in_words
from cdcctl.bootstrap.planning import planned
from cdcctl.errors import InputError


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_nothing_to_change_as_the_service_tells_it(reason):
    aws = Scripted()
    aws.stack("UPDATE_COMPLETE", Parameters=[{"ParameterKey": "Name", "ParameterValue": "movies"}])
    aws.stub.add_response("create_change_set", CHANGE_SET)
    aws.change_set("FAILED", reason)
    aws.stub.add_response("delete_change_set", {})
    with planned(aws.target, "movies", TEMPLATE, [], silent) as plan:
        assert plan.changes == []
    aws.stub.assert_no_pending_responses()


def refused() -> Scripted:
    """CloudFormation, which is asked for a new stack and refuses its change set."""
    aws = Scripted()
    aws.no_stack()
    aws.stub.add_response("create_change_set", CHANGE_SET)
    aws.change_set("FAILED", "Parameter Days must be a number")
    return aws


def require_told(aws: Scripted) -> None:
    with (
        pytest.raises(InputError, match="Parameter Days must be a number"),
        planned(aws.target, "movies", TEMPLATE, [], silent),
    ):
        pass
    aws.stub.assert_no_pending_responses()


def test_a_change_that_the_service_refuses_is_told_and_forgotten():
    aws = refused()
    aws.stub.add_response("delete_change_set", {})
    aws.stub.add_response("delete_stack", {}, {"StackName": ARN})
    require_told(aws)


def test_a_change_set_that_cannot_be_deleted_does_not_hide_the_reason():
    aws = refused()
    aws.stub.add_client_error("delete_change_set", "InvalidChangeSetStatus", "it is in use", 400)
    require_told(aws)


def test_changes_in_words():
    forced = PropertyChange("EngineVersion", "3.08", "3.10", "Conditionally")
    plain = PropertyChange("Tags", None, None, "Never")
    long = PropertyChange("PolicyDocument", "x" * 100, None, "Never")
    replaced = in_words(
        Change("Modify", "Database", "AWS::RDS::DBCluster", "db-1", "True", "ReplaceAndSnapshot", (forced, plain, long))
    )
    assert replaced.do == "replace"
    assert replaced.why == "because of EngineVersion; the old one is deleted; a snapshot stays"
    assert replaced.properties == ("EngineVersion: 3.08 → 3.10", "Tags", f"PolicyDocument: {'x' * 60}… → nothing")
    assert in_words(Change("Modify", "X", "T", replacement="False", properties=(plain,))).do == "update"
    assert in_words(Change("Modify", "X", "T", replacement="Conditional")).do == "may replace"
    assert in_words(Change("Remove", "X", "T", policy="Retain")).why == "stays, outside the stack"


def test_property_values_are_asked_for_and_read():
    aws = Scripted()
    target = {"Attribute": "Properties", "Name": "KafkaVersion", "RequiresRecreation": "Never"}
    detail = {"Target": {**target, "BeforeValue": "3.8.x", "AfterValue": "3.9.x"}}
    tags = {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}}
    change = {
        "Action": "Modify",
        "LogicalResourceId": "Kafka",
        "ResourceType": "AWS::MSK::Cluster",
        "Replacement": "False",
        "Details": [detail, detail, tags],
    }
    aws.stack("UPDATE_COMPLETE")
    aws.stub.add_response("create_change_set", CHANGE_SET)
    answer = {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}
    request = {"ChangeSetName": CHANGE_SET["Id"], "IncludePropertyValues": True}
    aws.stub.add_response("describe_change_set", {**answer, "NextToken": "n"}, request)
    aws.stub.add_response("describe_change_set", {**answer, "Changes": []}, {**request, "NextToken": "n"})
    aws.stub.add_response("delete_change_set", {})
    with planned(aws.target, "movies", TEMPLATE, ["Days=4"], silent) as plan:
        (only,) = plan.changes
    assert (only.do, only.properties) == ("update", ("KafkaVersion: 3.8.x → 3.9.x",))
