"""``cdcctl bootstrap``: change sets, events, causes of failures, the database and the overlay."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from ruamel.yaml import YAML

from cdcctl.aws.cloudformation import Change, CloudFormation, Event, PropertyChange, Stack
from cdcctl.aws.msk import Msk
from cdcctl.aws.target import Target
from cdcctl.bootstrap import stack as stacks
from cdcctl.bootstrap.changes import in_words
from cdcctl.bootstrap.database import has_database, prepare_database
from cdcctl.bootstrap.following import first_cause
from cdcctl.bootstrap.overlay import overlay, to_yaml
from cdcctl.bootstrap.planning import planned
from cdcctl.bootstrap.template import Template, chosen_parameters, load_template, read_template
from cdcctl.documents import Document
from cdcctl.errors import ConflictError, InputError, NotFoundError, RemoteError, UsageError
from cdcctl.pipeline import AivenS3Sink, ConfluentS3Sink, IcebergSink, parse

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
SMALL = """
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 3}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: RetainExceptOnCreate
    Properties: {BucketName: !Sub "${Name}-small"}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/small/${Name}", RetentionInDays: !Ref Days}
"""
TEMPLATE = read_template("small.yaml", SMALL)


def silent(_: object) -> None:
    """Say nothing."""


@pytest.fixture
def place() -> Iterator[Target]:
    with mock_aws():
        session = boto3.Session("key", "secret", region_name="us-east-1")
        yield Target(session, "us-east-1", "the test account", poll_seconds=0.0)


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


def test_parameters_stay_unless_they_are_given():
    present = {"Name": "movies", "Days": "9", "Gone": "x"}
    assert chosen_parameters(TEMPLATE, "movies", [], present) == {"Name": "movies", "Days": None}
    assert chosen_parameters(TEMPLATE, "movies", ["Days=a=b"], present) == {"Name": "movies", "Days": "a=b"}
    # A new stack takes the template's defaults.
    assert chosen_parameters(TEMPLATE, "movies", [], {}) == {"Name": "movies"}


@pytest.mark.parametrize(
    ("setting", "said"),
    [("Days", "is not KEY=VALUE"), ("Dayz=3", "no parameter Dayz"), ("Name=other", "differs from the name")],
)
def test_wrong_settings(setting, said):
    with pytest.raises(UsageError, match=said):
        chosen_parameters(TEMPLATE, "movies", [setting], {})


def test_a_value_that_must_be_given():
    template = read_template("t", "Parameters: {Who: {Type: String}}\nResources: {A: {Type: 'AWS::S3::Bucket'}}")
    with pytest.raises(UsageError, match="Who has no value"):
        chosen_parameters(template, "movies", [], {})
    assert chosen_parameters(template, "movies", ["Who=me"], {}) == {"Who": "me"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "not valid YAML"), ("just words", "has no Resources"), ("Resources: {}", "no Resources"), ("", "no Res")],
)
def test_what_is_no_template(tmp_path: Path, text, said):
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        load_template(file)


def test_a_template_that_is_not_there_or_too_long(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        load_template(tmp_path / "none.yaml")
    (tmp_path / "long.yaml").write_text(SMALL + "# " + "x" * 51_200)
    with pytest.raises(InputError, match="more than 51200 bytes"):
        load_template(tmp_path / "long.yaml")


class Scripted:
    """CloudFormation as its documentation describes it where moto differs: one answer after the other."""

    def __init__(self) -> None:
        self.client = boto3.client("cloudformation", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.target = Target(boto3.Session(region_name="us-east-1"), "us-east-1", "the test account", poll_seconds=0.0)
        # The place where a cached_property keeps what it has made.
        self.target.__dict__["cloudformation"] = CloudFormation(self.client)

    def stack(self, status: str, **more: Any) -> None:
        found = {"StackName": "cdcctl-movies", "StackId": ARN, "CreationTime": NOW, "StackStatus": status, **more}
        self.stub.add_response("describe_stacks", {"Stacks": [found]})

    def no_stack(self) -> None:
        words = "Stack with id cdcctl-movies does not exist"
        self.stub.add_client_error("describe_stacks", "ValidationError", words, 400)

    def change_set(self, status: str, reason: str = "", changes: tuple[dict[str, Any], ...] = ()) -> None:
        answer = {"Status": status, "StatusReason": reason}
        answer["Changes"] = [{"Type": "Resource", "ResourceChange": each} for each in changes]
        self.stub.add_response("describe_change_set", answer)

    def events(self, *newest_first: dict[str, Any], more: bool = False) -> None:
        page: dict[str, Any] = {"StackEvents": list(newest_first), **({"NextToken": "more"} if more else {})}
        self.stub.add_response("describe_stack_events", page)


ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/cdcctl-movies/1"
CHANGE_SET = {"Id": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/x/1", "StackId": ARN}
_numbers = itertools.count(1)


def happened(logical_id: str, kind: str, status: str, reason: str = "") -> dict[str, Any]:
    number = next(_numbers)
    return {
        "StackId": ARN,
        "StackName": "cdcctl-movies",
        "EventId": f"{number}",
        "Timestamp": NOW + timedelta(seconds=number),
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


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


def test_a_change_that_the_service_refuses_is_told_and_forgotten():
    aws = Scripted()
    aws.no_stack()
    aws.stub.add_response("create_change_set", CHANGE_SET)
    aws.change_set("FAILED", "Parameter Days must be a number")
    aws.stub.add_response("delete_change_set", {})
    aws.stub.add_response("delete_stack", {}, {"StackName": ARN})
    with (
        pytest.raises(InputError, match="Parameter Days must be a number"),
        planned(aws.target, "movies", TEMPLATE, [], silent),
    ):
        pass
    aws.stub.assert_no_pending_responses()


def test_a_change_set_that_cannot_be_deleted_does_not_hide_the_reason():
    aws = Scripted()
    aws.no_stack()
    aws.stub.add_response("create_change_set", CHANGE_SET)
    aws.change_set("FAILED", "Parameter Days must be a number")
    aws.stub.add_client_error("delete_change_set", "InvalidChangeSetStatus", "it is in use", 400)
    with (
        pytest.raises(InputError, match="Parameter Days must be a number"),
        planned(aws.target, "movies", TEMPLATE, [], silent),
    ):
        pass


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


CLUSTER = "arn:aws:kafka:us-east-1:123456789012:cluster/cdcctl-movies/0a1b-2"
OUTPUTS = {
    "DatabaseHost": "db.example",
    "DatabasePort": "3306",
    "DatabaseArn": "arn:aws:rds:us-east-1:123456789012:cluster:movies",
    "DatabaseAdminSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin",
    "DatabaseSecretName": "movies/mysql",
    "BinlogRetentionHours": "72",
    "KeyRegistry": "movies-keys",
    "ValueRegistry": "movies-values",
    "ClusterArn": CLUSTER,
    "SubnetIds": "s-1,s-2",
    "SecurityGroupId": "sg-1",
    "RoleArn": "arn:aws:iam::123456789012:role/movies",
    "Bucket": "lake",
    "Warehouse": "s3://lake/warehouse",
    "LogGroup": "/cdcctl/movies",
}


@pytest.fixture
def statements(place: Target, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL that reaches the Data API."""
    sent: list[str] = []
    place.client("secretsmanager").create_secret(
        Name="movies/mysql", SecretString='{"username": "debezium", "password": "it\'s\\\\x"}'
    )
    make: Callable[..., Any] = Target.client

    def client(self: Target, service: str) -> Any:
        made = make(self, service)
        if service == "rds-data":
            made.meta.events.register(
                "provide-client-params.rds-data.ExecuteStatement", lambda params, **_: sent.append(params["sql"])
            )
        return made

    monkeypatch.setattr(Target, "client", client)
    return sent


def test_the_database_is_prepared(place, statements):
    assert has_database(OUTPUTS)
    told = prepare_database(place, OUTPUTS)
    assert statements == [
        "CALL mysql.rds_set_configuration('binlog retention hours', 72)",
        "CREATE USER IF NOT EXISTS 'debezium'@'%' IDENTIFIED BY 'it\\'s\\\\x'",
        "ALTER USER 'debezium'@'%' IDENTIFIED BY 'it\\'s\\\\x'",
        "GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES "
        "ON *.* TO 'debezium'@'%'",
    ]
    assert not [line for line in told if "it's" in line]


def test_a_database_that_refuses_says_so_without_the_password(place, statements, monkeypatch):
    client = place.client("rds-data")
    stub = Stubber(client)
    stub.add_client_error("execute_statement", "BadRequestException", "Database error code: 1045", 400)
    stub.activate()
    make = Target.client
    monkeypatch.setattr(Target, "client", lambda self, name: client if name == "rds-data" else make(self, name))
    with pytest.raises(RemoteError, match="Database error code: 1045") as caught:
        prepare_database(place, OUTPUTS)
    assert "it's" not in f"{caught.value} {caught.value.hint}"
    assert "binlog retention hours" in str(caught.value.hint)


def test_a_stack_without_a_database():
    assert not has_database({"Bucket": "b"})


PIPELINE = {
    "name": "movies",
    "topic_prefix": "movies",
    "source": {"tables": ["sampledatabase.movies"]},
    "sinks": {"lake": {}, "files": {"type": "confluent-s3"}, "more": {"type": "aiven-s3"}},
}


@pytest.fixture
def msk(place: Target) -> Stubber:
    """MSK's answers, which moto does not give."""
    client = place.client("kafka")
    place.__dict__["msk"] = Msk(client)
    stub = Stubber(client)
    stub.activate()
    return stub


def test_outputs_become_an_overlay_that_completes_a_pipeline(place, msk):
    brokers = {"BootstrapBrokerStringSaslIam": "b-1:9098,b-2:9098"}
    msk.add_response("get_bootstrap_brokers", brokers, {"ClusterArn": CLUSTER})
    stack = Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs=OUTPUTS)
    text = to_yaml(overlay(place, stack))
    pipeline = parse([Document("pipeline.yaml", PIPELINE), Document("aws.yaml", YAML(typ="safe").load(text))])
    assert (pipeline.source.host, pipeline.source.credentials.secret) == ("db.example", "movies/mysql")
    assert (pipeline.registries.keys, pipeline.registries.values) == ("movies-keys", "movies-values")
    kafka = pipeline.kafka
    assert (kafka.cluster_arn, kafka.bootstrap_servers) == (CLUSTER, "b-1:9098,b-2:9098")
    assert (kafka.authentication, kafka.subnets, kafka.security_groups) == ("IAM", ["s-1", "s-2"], ["sg-1"])
    connect = pipeline.connect
    assert (connect.role_arn, connect.plugin_bucket) == (OUTPUTS["RoleArn"], "lake")
    assert pipeline.log_group == "/cdcctl/movies"
    lake, files, more = pipeline.sinks.values()
    assert isinstance(lake, IcebergSink)
    assert lake.warehouse == "s3://lake/warehouse"
    assert isinstance(files, ConfluentS3Sink)
    assert (files.bucket, files.prefix) == ("lake", "warehouse")
    assert isinstance(more, AivenS3Sink)
    assert (more.bucket, more.prefix) == ("lake", "warehouse/")


def test_outputs_that_a_stack_lacks_are_left_out(place):
    stack = Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs={"KeyRegistry": "k", "Other": "x"})
    assert overlay(place, stack) == {"registries": {"keys": "k"}}
    with pytest.raises(InputError, match="no outputs that a pipeline could use"):
        overlay(place, Stack("cdcctl-movies", ARN, "CREATE_COMPLETE"))


def test_a_cluster_without_iam(place, msk):
    msk.add_response("get_bootstrap_brokers", {"BootstrapBrokerString": "b-1:9092"})
    with pytest.raises(InputError, match="does not speak IAM over TLS"):
        overlay(place, Stack("cdcctl-movies", ARN, "CREATE_COMPLETE", outputs=OUTPUTS))


def test_every_output_is_one_of_the_template():
    assert set(OUTPUTS) <= set(re.findall(r"^  (\w+): \{Value:", load_template(None).text, re.MULTILINE))
