"""cloudformation/bootstrap.yaml: its limits, what the connectors may do, and what of it can be created here."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode.cfn_yaml import load
from moto import mock_aws
from moto.cloudformation.parsing import get_model_map

from cdcctl.bootstrap.template import load_template
from cdcctl.doctor.permissions import needs
from cdcctl.documents import Document
from cdcctl.pipeline import parse

FILE = Path(__file__).resolve().parents[2] / "cloudformation" / "bootstrap.yaml"
ACCOUNT = "123456789012"
CLUSTER = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/cdcctl-movies/0a1b-2"
SERVERLESS = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/cdcctl-movies/9f8e-s1"
# What moto's CloudFormation lacks, and an attribute that the rest of the template asks of it.
ATTRIBUTES = {
    ("Kafka", "Arn"): CLUSTER,
    ("KafkaServerless", "Arn"): SERVERLESS,
    ("KeyRegistry", "Arn"): f"arn:aws:glue:us-east-1:{ACCOUNT}:registry/movies-keys",
    ("ValueRegistry", "Arn"): f"arn:aws:glue:us-east-1:{ACCOUNT}:registry/movies-values",
    ("Database", "Endpoint.Address"): "movies.cluster-x.us-east-1.rds.amazonaws.com",
    ("Database", "Endpoint.Port"): "3306",
    ("Database", "DBClusterArn"): f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:movies",
    ("Database", "MasterUserSecret.SecretArn"): f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:rds-x",
}
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:movies/mysql-AbCdEf"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return dict(load(str(FILE)))


class Made:
    """The part of the template that moto can create, created."""

    def __init__(self, template: Mapping[str, Any], **parameters: str) -> None:
        self.session = boto3.Session("key", "secret", region_name="us-east-1")
        client = self.session.client("cloudformation")
        client.create_stack(
            StackName="cdcctl-movies",
            TemplateBody=json.dumps(creatable(template)),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in {"Name": "movies", **parameters}.items()
            ],
        )
        (stack,) = client.describe_stacks(StackName="cdcctl-movies")["Stacks"]
        self.status = stack["StackStatus"]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self.types = {
            each["ResourceType"]
            for each in client.list_stack_resources(StackName="cdcctl-movies")["StackResourceSummaries"]
        }

    def statements(self, role: str) -> list[dict[str, Any]]:
        iam = self.session.client("iam")
        (name,) = [each["RoleName"] for each in iam.list_roles()["Roles"] if role in each["RoleName"]]
        found = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            found += iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        return found


def creatable(template: Mapping[str, Any]) -> dict[str, Any]:
    # Of instances it knows only those without a cluster.
    known = set(get_model_map()) - {"AWS::RDS::DBInstance"}
    lost = {name for name, each in template["Resources"].items() if each["Type"] not in known}
    kept = {name: each for name, each in template["Resources"].items() if name not in lost}
    return {
        "Parameters": template["Parameters"],
        "Conditions": template["Conditions"],
        "Resources": _without(kept, lost),
        "Outputs": _without(template["Outputs"], lost),
    }


def _without(value: Any, lost: set[str]) -> Any:
    """References to what moto cannot make become what the service would give; so does Fn::Cidr, which it lacks too."""
    if isinstance(value, list):
        return [_without(each, lost) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in lost:
        return {"DatabaseSecret": SECRET, "DatabaseParameters": "group", "Database": "movies"}[value["Ref"]]
    if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] in lost:
        return ATTRIBUTES[tuple(value["Fn::GetAtt"])]
    if "Fn::Select" in value and "Fn::Cidr" in str(value["Fn::Select"][1]):
        return f"10.42.{value['Fn::Select'][0]}.0/24"
    return {key: _without(each, lost) for key, each in value.items()}


@pytest.fixture
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def test_it_fits_into_a_request_and_says_what_its_parameters_mean(template):
    shipped = load_template(None)
    assert len(shipped.text.encode()) <= 51_200
    assert [name for name, each in shipped.parameters.items() if each.default is None] == ["Name"]
    assert all(each.get("Description", "").endswith(".") for each in template["Parameters"].values())
    assert shipped.kept == {
        "DataKey": ("AWS::KMS::Key", "RetainExceptOnCreate"),
        "Database": ("AWS::RDS::DBCluster", "Snapshot"),
        "Bucket": ("AWS::S3::Bucket", "RetainExceptOnCreate"),
    }


@pytest.mark.usefixtures("_aws")
def test_what_can_be_created_is_created(template):
    made = Made(template, ClientInstance="true")
    assert made.status == "CREATE_COMPLETE"
    wanted = {each["Type"] for each in creatable(template)["Resources"].values()}
    assert made.types == wanted
    ec2 = made.session.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=made.outputs["SubnetIds"].split(","))["Subnets"]
    assert len({each["AvailabilityZone"] for each in subnets}) == 3
    assert not any(each["MapPublicIpOnLaunch"] for each in subnets)
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert {each["ServiceName"].rpartition(".")[2] for each in endpoints} == {
        "s3", "glue", "secretsmanager", "sts", "logs", "kms", "ssm", "ssmmessages",
    }  # fmt: skip
    routes = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [made.outputs["VpcId"]]}])["RouteTables"]
    ways = {route.get("GatewayId", "local").partition("-")[0] for table in routes for route in table["Routes"]}
    assert ways == {"local", "vpce"}


@pytest.mark.usefixtures("_aws")
def test_bucket_and_logs(template):
    made = Made(template)
    s3, bucket = made.session.client("s3"), made.outputs["Bucket"]
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    # moto takes neither of these from a template.
    properties = template["Resources"]["Bucket"]["Properties"]
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert {"DaysAfterInitiation": 7} in [each.get("AbortIncompleteMultipartUpload") for each in rules]
    assert all(value is True for value in properties["PublicAccessBlockConfiguration"].values())
    groups = made.session.client("logs").describe_log_groups(logGroupNamePrefix="/cdcctl/movies")["logGroups"]
    assert {each["logGroupName"]: each["retentionInDays"] for each in groups} == {
        "/cdcctl/movies": 30,
        "/cdcctl/movies/brokers": 30,
    }


@pytest.mark.usefixtures("_aws")
@pytest.mark.parametrize(
    ("parameters", "cluster", "prefix"),
    [({}, CLUSTER, "movies"), ({"KafkaType": "serverless", "TopicPrefix": "db1"}, SERVERLESS, "db1")],
    ids=["provisioned", "serverless"],
)
def test_what_the_connectors_need_is_allowed_and_nothing_else(template, parameters, cluster, prefix):
    made = Made(template, **parameters)
    statements = made.statements("MSKConnectRole")
    topic, group, transaction = (
        cluster.replace(":cluster/", f":{kind}/") for kind in ("topic", "group", "transactional-id")
    )
    bucket = made.outputs["Bucket"]
    glue = f"arn:aws:glue:us-east-1:{ACCOUNT}"
    needed = {
        "kafka-cluster:Connect": [cluster],
        "kafka-cluster:WriteDataIdempotently": [cluster],
        "kafka-cluster:CreateTopic": [f"{topic}/{prefix}.sampledatabase.movies", f"{topic}/movies-schema-history"],
        "kafka-cluster:ReadData": [f"{topic}/movies-connect-offsets", f"{topic}/__amazon_msk_connect_offsets_x_1-2"],
        "kafka-cluster:WriteData": [f"{topic}/movies-iceberg-control", f"{topic}/__debezium-heartbeat.{prefix}"],
        "kafka-cluster:AlterGroup": [
            f"{group}/connect-movies-sink",
            f"{group}/connect-movies-sink-coord",
            f"{group}/cg-control-0a1b",
            f"{group}/{prefix}-schemahistory",
            f"{group}/__amazon_msk_connect_x",
        ],
        "kafka-cluster:AlterTransactionalId": [
            f"{transaction}/worker-txn-0a1b-0",
            f"{transaction}/coordinator-txn-0a1b-0",
        ],
        "glue:RegisterSchemaVersion": [f"{glue}:registry/movies-keys", f"{glue}:schema/movies-values/db1.x.y"],
        "glue:GetSchemaVersion": ["*"],
        "glue:CreateTable": [
            f"{glue}:catalog",
            f"{glue}:database/sampledatabase",
            f"{glue}:table/sampledatabase/movies",
        ],
        "s3:PutObject": [f"arn:aws:s3:::{bucket}/warehouse/sampledatabase/movies/data/1.parquet"],
        "s3:ListBucket": [f"arn:aws:s3:::{bucket}"],
        "secretsmanager:GetSecretValue": [SECRET],
    }
    denied = {
        "kafka-cluster:DeleteTopic": [f"{topic}/{prefix}.sampledatabase.movies"],
        "kafka-cluster:WriteData": [f"{topic}/other-offsets", f"{topic}/{prefix}x"],
        "kafka-cluster:Connect": [SERVERLESS if cluster == CLUSTER else CLUSTER],
        "glue:RegisterSchemaVersion": [f"{glue}:registry/others", f"{glue}:schema/others/x"],
        "s3:PutObject": [f"arn:aws:s3:::{bucket}/cdcctl/plugins/x.zip", "arn:aws:s3:::other/warehouse/x"],
        "secretsmanager:GetSecretValue": [SECRET.replace("movies", "other")],
    }
    assert [one for one in _pairs(needed) if not allowed(statements, *one)] == []
    assert [one for one in _pairs(denied) if allowed(statements, *one)] == []


@pytest.mark.usefixtures("_aws")
def test_the_role_satisfies_what_doctor_asks_of_one(template):
    made = Made(template)
    out = {**made.outputs, "ClusterArn": CLUSTER}
    pipeline = parse(
        [
            Document(
                "pipeline.yaml",
                {
                    "name": "movies",
                    "topic_prefix": "movies",
                    "source": {
                        "host": "db",
                        "credentials": {"secret": out["DatabaseSecretName"]},
                        "tables": ["sampledatabase.movies"],
                        "heartbeat": {},
                    },
                    "registries": {"keys": out["KeyRegistry"], "values": out["ValueRegistry"]},
                    "sinks": {
                        "lake": {"warehouse": out["Warehouse"], "dead_letters": {"topic": "movies-lost"}},
                        "files": {"type": "confluent-s3", "bucket": out["Bucket"], "prefix": "warehouse"},
                        "more": {"type": "aiven-s3", "bucket": out["Bucket"], "prefix": "warehouse/"},
                    },
                    "kafka": {"cluster_arn": CLUSTER, "subnets": out["SubnetIds"].split(",")},
                    "connect": {"role_arn": out["RoleArn"], "plugin_bucket": out["Bucket"]},
                },
            )
        ]
    )
    wanted = needs(pipeline, "us-east-1", SECRET)
    statements = made.statements("MSKConnectRole")
    pairs = [(action, need.resource) for need in wanted for action in need.actions]
    assert len(pairs) > 60
    assert [one for one in pairs if not allowed(statements, *one)] == []


@pytest.mark.usefixtures("_aws")
def test_wildcards_are_only_where_they_are_forced(template):
    statements = Made(template).statements("MSKConnectRole")
    assert all(each["Effect"] == "Allow" for each in statements)
    assert not [action for each in statements for action in _list(each["Action"]) if "*" in action]
    every = {
        re.sub(r"^arn:aws:\w+:[^:]*:[^:]*:", "", resource)
        for each in statements
        for resource in _list(each["Resource"])
        if "*" in resource and not resource.startswith("arn:aws:s3")
    }
    assert every == {
        "*",  # glue:GetSchemaVersion, by id
        "topic/cdcctl-movies/0a1b-2/movies.*",
        "topic/cdcctl-movies/0a1b-2/movies-*",
        "topic/cdcctl-movies/0a1b-2/__amazon_msk_connect_*",
        "group/cdcctl-movies/0a1b-2/__amazon_msk_connect_*",
        "group/cdcctl-movies/0a1b-2/connect-movies-*",
        "group/cdcctl-movies/0a1b-2/cg-control-*",
        "transactional-id/cdcctl-movies/0a1b-2/coordinator-txn-*",
        "transactional-id/cdcctl-movies/0a1b-2/worker-txn-*",
        "schema/movies-keys/*",
        "schema/movies-values/*",
        "table/sampledatabase/*",
    }
    (alone,) = [each for each in statements if each["Resource"] == "*"]
    assert alone["Action"] == "glue:GetSchemaVersion"


def test_only_workers_and_the_client_reach_brokers_and_database(template):
    resources = template["Resources"]
    sources = {
        each["Properties"]["GroupId"]["Fn::GetAtt"][0]: []
        for each in resources.values()
        if each["Type"] == "AWS::EC2::SecurityGroupIngress"
    }
    for each in resources.values():
        if each["Type"] == "AWS::EC2::SecurityGroupIngress":
            source = each["Properties"]["SourceSecurityGroupId"]["Fn::GetAtt"][0]
            sources[each["Properties"]["GroupId"]["Fn::GetAtt"][0]].append(source)
    assert set(sources) == {"BrokerSecurityGroup", "DatabaseSecurityGroup", "EndpointSecurityGroup"}
    assert all(each == ["WorkerSecurityGroup", "ClientSecurityGroup"] for each in sources.values())
    assert not [each for each in resources.values() if "SecurityGroupIngress" in each.get("Properties", {})]


def test_the_database_writes_what_debezium_reads(template):
    parameters = template["Resources"]["DatabaseParameters"]["Properties"]["Parameters"]
    assert parameters["binlog_format"] == "ROW"
    assert (parameters["binlog_row_image"], parameters["binlog_row_metadata"]) == ("FULL", "FULL")
    assert (parameters["gtid-mode"], parameters["enforce_gtid_consistency"]) == ("ON", "ON")


def allowed(statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    """As IAM matches names: * is any text. Conditions are not looked at."""
    return any(
        action in _list(each["Action"])
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in _list(each["Resource"]))
        for each in statements
    )


def _pairs(needs: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(action, resource) for action, resources in needs.items() for resource in resources]


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value
