"""``cdcctl doctor``: what is said of an account: buckets, registries, logs, the SDK, the role and the network."""

from __future__ import annotations

import copy
import json
from typing import Any

import boto3
import pytest
from botocore.model import ServiceModel
from botocore.stub import Stubber
from doctor_pipeline import DOCUMENT, pipeline
from stubbed_client import answering

from cdcctl.aws.iam import Iam
from cdcctl.aws.network import Network
from cdcctl.aws.target import Target
from cdcctl.doctor import account_checks, place_checks
from cdcctl.doctor.examination import examine
from cdcctl.doctor.findings import Finding, Status
from cdcctl.doctor.permissions import needs


def test_buckets_registries_and_logs(place):
    place.client("s3").create_bucket(Bucket="lake")
    place.session.client("s3", region_name="eu-west-1").create_bucket(
        Bucket="plugins", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    found = place_checks.buckets(pipeline(), place)
    assert [each.status for each in found] == [Status.OK, Status.FAIL]
    assert found[1].text == "bucket plugins is in eu-west-1, the connectors in us-east-1"
    (missing, _) = place_checks.buckets(pipeline(sink={"warehouse": "s3://nowhere/w"}), place)
    assert (missing.status, missing.cure) == (Status.FAIL, "create it, or name another in sinks.sink.warehouse")
    place.client("logs").create_log_group(logGroupName="/cdcctl/shop")
    assert place_checks.log_group(pipeline(), place)[0].text == "log group /cdcctl/shop exists"
    silent = {**DOCUMENT["connect"], "logs": {"cloudwatch": False}}
    assert place_checks.log_group(pipeline(connect=silent), place)[0].status is Status.WARN
    place.client("glue").create_registry(RegistryName="k")
    texts = [each.text for each in place_checks.registries(pipeline(), place)]
    assert texts == ["registry k exists", "registry v does not exist yet; deploy makes it"]


def test_an_old_sdk(place):
    assert place_checks.sdk(pipeline(), place)[0].status is Status.OK
    model = copy.deepcopy(place.client("kafkaconnect").meta.service_model._service_description)
    for operation in ("PauseConnector", "ResumeConnector", "RestartConnector"):
        del model["operations"][operation]
    del model["shapes"][model["operations"]["UpdateConnector"]["input"]["shape"]]["members"]["plugins"]
    assert place_checks.unknown(ServiceModel(model)) == [
        "UpdateConnector.plugins",
        "PauseConnector",
        "ResumeConnector",
        "RestartConnector",
    ]


@pytest.fixture
def iam(place: Target) -> Stubber:
    client = place.client("iam")
    place.__dict__["iam"] = Iam(client)
    return answering(client)


def test_who_may_assume_the_role(place):
    client = place.client("iam")
    (none,) = account_checks.trust(pipeline(), place)
    assert (none.status, none.text) == (Status.FAIL, f"role {DOCUMENT['connect']['role_arn']} does not exist")
    for service, status in (("ec2.amazonaws.com", Status.FAIL), (account_checks.SERVICE, Status.OK)):
        policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
        client.create_role(RoleName="shop", AssumeRolePolicyDocument=json.dumps(policy))
        assert account_checks.trust(pipeline(), place)[0].status is status
        client.delete_role(RoleName="shop")


def test_permissions_are_simulated(place, iam):
    place.client("secretsmanager").create_secret(Name="shop/mysql", SecretString="{}")
    secret = place.client("secretsmanager").describe_secret(SecretId="shop/mysql")["ARN"]
    wanted = needs(pipeline(), "us-east-1", secret)
    assert ("secretsmanager:GetSecretValue",) in [each.actions for each in wanted]
    for need in wanted:
        lacks = need.resource.endswith("topic/c/0a-1/shop.shop.orders") or need.resource.endswith("warehouse/x")
        results = [
            {"EvalActionName": action, "EvalDecision": "implicitDeny" if lacks and "Write" in action else "allowed"}
            for action in need.actions
        ]
        request = {
            "PolicySourceArn": DOCUMENT["connect"]["role_arn"],
            "ActionNames": list(need.actions),
            "ResourceArns": [need.resource],
        }
        iam.add_response("simulate_principal_policy", {"EvaluationResults": results}, request)
    (found,) = account_checks.permissions(pipeline(), place)
    iam.assert_no_pending_responses()
    assert (found.status, found.text) == (Status.FAIL, "role shop may not write and read the tables' topics")
    assert found.cure == (
        "allow kafka-cluster:WriteData on arn:aws:kafka:us-east-1:123456789012:topic/c/0a-1/shop.shop.orders"
    )


def test_permissions_that_may_not_be_simulated_are_said_to_be_unchecked(place, iam):
    place.client("secretsmanager").create_secret(Name="shop/mysql", SecretString="{}")
    iam.add_client_error("get_role", "AccessDenied", "not authorized to perform: iam:GetRole", 403)
    iam.add_client_error("simulate_principal_policy", "AccessDenied", "not authorized to perform it", 403)
    found = examine(pipeline(), place, lambda _: None, ["network"])
    states = {each.check: each.finding.status for each in found}
    assert states["role"] is states["permissions"] is Status.UNCHECKED
    (text,) = [each.finding.text for each in found if each.check == "permissions"]
    assert text.startswith("permissions could not be checked: SimulatePrincipalPolicy of ")


def test_a_secret_that_is_not_there(place, iam):
    for _ in needs(pipeline(), "us-east-1", None):
        iam.add_response("simulate_principal_policy", {"EvaluationResults": []})
    (found,) = account_checks.permissions(pipeline(), place)
    assert (found.status, found.text) == (Status.FAIL, "secret shop/mysql does not exist")


def test_subnets_and_the_ways_out_of_them(place):
    ec2 = place.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    kafka = {**DOCUMENT["kafka"], "subnets": [subnet]}

    def ask(check: str, **more: Any) -> Finding:
        (found,) = account_checks.CHECKS[check](pipeline(kafka={**kafka, **more}), place)
        return found

    assert ask("subnets").text == f"1 subnet(s) in {vpc}"
    assert ask("subnets", subnets=["subnet-0a1b2c3d4e5f60718"]).status is Status.FAIL
    assert ask("subnets", security_groups=["sg-0a1b2c3d"]).text == f"VPC {vpc} has no security group sg-0a1b2c3d"
    nowhere = ask("endpoints")
    assert nowhere.status is Status.WARN
    assert f"from {subnet} there is no way to s3, glue, secretsmanager" in nowhere.text
    for service in ("s3", "glue", "secretsmanager"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.us-east-1.{service}")
    assert "no way to sts, logs, kms" in ask("endpoints").text
    for service in ("sts", "logs", "kms"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.us-east-1.{service}")
    assert ask("endpoints").status is Status.OK


@pytest.mark.parametrize(("way", "leaves"), [("GatewayId", False), ("NatGatewayId", True), ("TransitGatewayId", True)])
def test_which_routes_lead_out_of_a_vpc(way, leaves):
    client = boto3.client("ec2", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    subnet = {"SubnetId": "s-1", "VpcId": "v-1", "AvailabilityZone": "a", "AvailableIpAddressCount": 9}
    route = {"DestinationCidrBlock": "0.0.0.0/0", way: "igw-1" if way == "GatewayId" else "x-1"}
    main = {"VpcId": "v-1", "Associations": [{"Main": True}], "Routes": [route]}
    other = {"VpcId": "v-1", "Associations": [{"SubnetId": "s-2"}], "Routes": []}
    with Stubber(client) as stub:
        stub.add_response("describe_subnets", {"Subnets": [subnet]})
        stub.add_response("describe_route_tables", {"RouteTables": [other, main]})
        assert [each.leaves for each in Network(client).subnets(["s-1"])] == [leaves]
