"""``cdcctl doctor``: what each check says of facts; the facts themselves are asked for in tests/stack."""

from __future__ import annotations

import copy
import json
import socket
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.model import ServiceModel
from botocore.stub import Stubber
from moto import mock_aws

from cdcctl.aws.iam import Iam
from cdcctl.aws.network import Network
from cdcctl.aws.target import Target
from cdcctl.doctor import account_checks, kafka_checks, place_checks, server_checks, table_checks
from cdcctl.doctor.brokers import Brokers, Topic
from cdcctl.doctor.examination import Checked, examine, is_fine
from cdcctl.doctor.findings import Finding, Status, unchecked, warn
from cdcctl.doctor.grants import Grants
from cdcctl.doctor.permissions import needs
from cdcctl.doctor.server import Server
from cdcctl.doctor.tables import Column, Table, Unique, captured
from cdcctl.documents import Document, merge
from cdcctl.errors import UsageError
from cdcctl.pipeline import Pipeline, parse

DOCUMENT: dict[str, Any] = {
    "name": "shop",
    "topic_prefix": "shop",
    "source": {"host": "db", "server_id": 5400, "credentials": {"secret": "shop/mysql"}, "tables": ["shop.orders"]},
    "registries": {"keys": "k", "values": "v"},
    "sink": {"warehouse": "s3://lake/warehouse"},
    "kafka": {
        "cluster_arn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/0a-1",
        "bootstrap_servers": "127.0.0.1:1",
        "subnets": ["subnet-1"],
    },
    "connect": {"role_arn": "arn:aws:iam::123456789012:role/shop", "plugin_bucket": "plugins"},
}


def pipeline(**more: Any) -> Pipeline:
    merged: dict[str, Any] = {}
    merge(merged, DOCUMENT)
    merge(merged, more)
    return parse([Document("pipeline.yaml", merged)])


SERVER = Server(
    account="debezium@%",
    variables={
        "version": "8.0.36",
        "version_comment": "MySQL Community Server - GPL",
        "log_bin": "ON",
        "binlog_format": "ROW",
        "binlog_row_image": "FULL",
        "binlog_row_metadata": "FULL",
        "binlog_row_value_options": "",
        "binlog_expire_logs_seconds": "2592000",
        "gtid_mode": "ON",
        "enforce_gtid_consistency": "ON",
        "gtid_executed": "0a1b:1-9",
        "server_id": "1",
        "time_zone": "SYSTEM",
        "system_time_zone": "UTC",
        "sql_mode": "STRICT_TRANS_TABLES",
    },
    grants=Grants.parse(
        ["GRANT SELECT, INSERT, DELETE, RELOAD, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `d`@`%`"]
    ),
    replicas={},
    managed=False,
)


def with_variables(**changed: str) -> Server:
    return replace(SERVER, variables={**SERVER.variables, **changed})


def said(check: str, server: Server, **more: Any) -> Finding:
    return server_checks.CHECKS[check](pipeline(**more), server)


def test_a_server_as_it_should_be():
    assert {said(check, SERVER).status for check in server_checks.CHECKS} == {Status.OK}


@pytest.mark.parametrize(
    ("check", "changed", "status", "word"),
    [
        ("version", {"version": "5.7.44-log"}, Status.FAIL, "upgrade"),
        ("version", {"version": "10.11.6-MariaDB"}, Status.FAIL, "use a MySQL server"),
        ("binlog", {"log_bin": "OFF"}, Status.FAIL, "--log-bin"),
        ("binlog format", {"binlog_format": "MIXED"}, Status.FAIL, "SET PERSIST binlog_format = ROW"),
        ("row image", {"binlog_row_image": "MINIMAL"}, Status.FAIL, "FULL"),
        ("row image", {"binlog_row_image": "NOBLOB"}, Status.WARN, "FULL"),
        ("row metadata", {"binlog_row_metadata": "MINIMAL"}, Status.OK, ""),
        ("partial JSON", {"binlog_row_value_options": "PARTIAL_JSON"}, Status.FAIL, "= ''"),
        ("binlog retention", {"binlog_expire_logs_seconds": "3600"}, Status.WARN, "259200"),
        ("binlog retention", {"binlog_expire_logs_seconds": "0"}, Status.OK, ""),
        ("GTID", {"gtid_mode": "OFF"}, Status.WARN, "gtid-mode"),
        ("GTID", {"enforce_gtid_consistency": "WARN"}, Status.WARN, "enforce_gtid_consistency = ON"),
        ("GTID", {"gtid_executed": ""}, Status.FAIL, "write anything"),
        ("server id", {"server_id": "5400"}, Status.FAIL, "source.server_id"),
        ("time zone", {"system_time_zone": "CEST"}, Status.WARN, "UTC"),
        ("time zone", {"time_zone": "+02:00"}, Status.WARN, "UTC"),
        ("SQL mode", {"sql_mode": "ANSI_QUOTES,STRICT_ALL_TABLES"}, Status.WARN, "skip_unparseable"),
        ("SQL mode", {"sql_mode": ""}, Status.WARN, "STRICT_TRANS_TABLES"),
    ],
)
def test_a_variable_that_is_not_as_it_should_be(check, changed, status, word):
    found = said(check, with_variables(**changed))
    assert found.status is status
    assert word in found.cure
    assert (found.cure == "") is (status is Status.OK)


@pytest.mark.parametrize(
    ("kept", "status"),
    [(None, Status.UNCHECKED), ("", Status.FAIL), ("0", Status.FAIL), ("6", Status.WARN), ("72", Status.OK)],
)
def test_how_long_aurora_keeps_the_binlog(kept, status):
    assert said("binlog retention", replace(SERVER, managed=True, kept_hours=kept)).status is status


def test_aurora_is_cured_by_its_parameter_group():
    aurora = replace(with_variables(binlog_format="STATEMENT", log_bin="OFF"), managed=True)
    assert "parameter group" in said("binlog format", aurora).cure
    assert "binlog_format to ROW" in said("binlog", aurora).cure


def test_replicas():
    assert said("server id", replace(SERVER, replicas={5400: "10.0.0.9"})).status is Status.FAIL
    assert said("server id", replace(SERVER, replicas=None)).status is Status.UNCHECKED


@pytest.mark.parametrize(
    ("lines", "privilege", "table", "has"),
    [
        (["GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION"], "RELOAD", None, True),
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `a`@`%`"], "REPLICATION SLAVE", None, True),
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `a`@`%`"], "REPLICATION CLIENT", None, False),
        (["GRANT USAGE ON *.* TO `a`@`%`", "GRANT INSERT ON `b`.`c` TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", "d.c", False),
        (["GRANT INSERT ON `b`.* TO `a`@`%`"], "INSERT", None, False),
        (["GRANT SELECT (`x`, `y`), INSERT ON `b`.`c` TO `a`@`%`"], "SELECT", "b.c", False),
        (["GRANT SELECT (`x`, `y`), INSERT ON `b`.`c` TO `a`@`%`"], "INSERT", "b.c", True),
        (["GRANT FLUSH_TABLES,BACKUP_ADMIN ON *.* TO `a`@`%`"], "FLUSH_TABLES", None, True),
        (["GRANT `role`@`%` TO `a`@`%`"], "SELECT", None, False),
        (["GRANT DELETE ON `we``ird`.`c` TO `a`@`%`"], "DELETE", "we`ird.c", True),
    ],
)
def test_grants(lines, privilege, table, has):
    assert Grants.parse(lines).has(privilege, table) is has


@pytest.mark.parametrize(
    ("scope", "table", "has"),
    [
        (r"`web\_shop`.*", "web_shop.orders", True),
        (r"`web\_shop`.*", "webXshop.orders", False),
        ("`web_shop`.*", "webXshop.orders", True),
        ("`shop%`.*", "shop_archive.orders", True),
        ("`shop%`.*", "web_shop.orders", False),
        ("`shop.eu`.*", "shop.eu", False),
        ("`web_shop`.`orders`", "webXshop.orders", False),
    ],
)
def test_a_database_in_a_grant_is_a_pattern(scope, table, has):
    assert Grants.parse([f"GRANT SELECT ON {scope} TO `d`@`%`"]).has("SELECT", table) is has


def test_missing_grants_and_their_cure():
    bare = replace(SERVER, grants=Grants.parse(["GRANT REPLICATION SLAVE ON *.* TO `d`@`%`"]))
    found = said("replication grants", bare)
    assert (found.status, found.cure) == (Status.FAIL, "GRANT REPLICATION CLIENT ON *.* TO 'debezium'@'%'")
    assert said("snapshot grants", bare).cure == "GRANT RELOAD ON *.* TO 'debezium'@'%'"
    assert said("snapshot grants", bare, source={"snapshot_mode": "no_data"}).status is Status.OK
    assert said("snapshot grants", replace(bare, managed=True)).cure.startswith("GRANT RELOAD, LOCK TABLES")
    assert said("signal grants", bare).status is Status.WARN


PRIMARY = Unique("PRIMARY", ("id",))
ORDERS = Table("shop.orders", "InnoDB", (PRIMARY,), (Column("id", "int", "int"), Column("n", "bigint", "bigint")))
SIGNALS = {"shop.cdcctl_signal": "InnoDB"}


def of_tables(check: str, *tables: Table, existing: dict[str, str] | None = None, **more: Any) -> list[Finding]:
    known = {**SIGNALS, **{each.name: each.engine for each in tables}} if existing is None else existing
    return table_checks.CHECKS[check](pipeline(**more), table_checks.Tables(known, tables))


def test_tables_as_they_should_be():
    found = [each for check in table_checks.CHECKS for each in of_tables(check, ORDERS)]
    assert {each.status for each in found} == {Status.OK}


def test_tables_that_are_not_there():
    (missing,) = of_tables("tables", existing={"shop.Orders": "InnoDB"})
    assert (missing.status, missing.cure) == (Status.FAIL, "write it as shop.Orders")
    (signals,) = of_tables("signal table", existing={})
    assert signals.status is Status.WARN
    assert signals.cure.startswith("CREATE TABLE shop.cdcctl_signal (id")
    facts = table_checks.Tables({}, [])
    (none,) = table_checks.existence(by_pattern("shop[.]x.*"), facts)
    assert (none.status, none.text) == (Status.FAIL, "no table is captured")


def by_pattern(*patterns: str, **source: Any) -> Pipeline:
    """Files instead of Iceberg, which wants its tables spelled out."""
    chosen = {**DOCUMENT["source"], "tables": [], "tables_matching": list(patterns), **source}
    return parse([Document("p", {**DOCUMENT, "source": chosen, "sink": {"type": "aiven-s3", "bucket": "lake"}})])


def test_which_tables_are_captured():
    existing = ["a.x", "a.y", "a.cdcctl_signal", "b.x", "c.x1", "c.x2"]
    assert captured(pipeline(source={"tables": ["a.x", "z.z"]}).source, existing) == ["a.x"]
    assert captured(by_pattern("c[.]x.", databases=["a"], exclude_tables=["c.x2"]).source, existing) == [
        "a.x",
        "a.y",
        "c.x1",
    ]
    every = by_pattern(exclude_databases=["c"], signal_table="a.cdcctl_signal").source
    assert captured(every, existing) == ["a.x", "a.y", "b.x"]


def test_keys():
    bare = replace(ORDERS, uniques=())
    (found,) = of_tables("keys", bare)
    assert found.status is Status.WARN
    assert "source.keys.shop.orders" in found.cure
    assert of_tables("keys", bare, source={"keys": {"shop.orders": ["id"]}})[0].status is Status.OK
    (wrong,) = of_tables("keys", bare, source={"keys": {"shop.orders": ["nope"]}})
    assert wrong.status is Status.FAIL


def test_types_engines_and_what_may_not_be_read():
    odd = Column("o", "uuid", "uuid")
    (unknown,) = of_tables("types", replace(ORDERS, columns=(odd,)))
    assert unknown.status is Status.FAIL
    assert "source.columns.exclude: [shop.orders.o]" in unknown.cure
    left_out = {"columns": {"exclude": ["shop.orders.o"]}}
    assert of_tables("types", replace(ORDERS, columns=(odd,)), source=left_out)[0].status is Status.OK
    vector = replace(ORDERS, columns=(Column("v", "vector", "vector(3)"),))
    assert of_tables("types", vector)[0].status is Status.OK
    assert of_tables("types", vector, source={"debezium": "2.7"})[0].status is Status.FAIL
    big = replace(ORDERS, columns=(Column("b", "bigint", "bigint unsigned"),))
    assert of_tables("large numbers", big)[0].status is Status.WARN
    assert of_tables("large numbers", big, source={"types": {"bigint_unsigned": "precise"}}) == []
    assert of_tables("engines", replace(ORDERS, engine="MyISAM"))[0].status is Status.WARN
    (refused,) = of_tables("table grants", replace(ORDERS, refused="SELECT command denied"))
    assert (refused.status, refused.cure) == (Status.FAIL, "GRANT SELECT ON shop.orders TO the account")


TOPIC = Topic("shop.shop.orders", 1, {"cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1"})
HISTORY = Topic("shop-schema-history", 1, {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"})
OFFSETS = Topic("shop-connect-offsets", 25, {"cleanup.policy": "compact"})
BROKERS = Brokers(
    3,
    {"auto.create.topics.enable": "false", "default.replication.factor": "3"},
    {each.name: each for each in (TOPIC, HISTORY, OFFSETS)},
)


def of_brokers(check: str, *topics: Topic, brokers: Brokers = BROKERS, **more: Any) -> list[Finding]:
    known = {**brokers.topics, **{each.name: each for each in topics}}
    return kafka_checks.CHECKS[check](pipeline(**more), replace(brokers, topics=known))


def test_brokers_as_they_should_be():
    found = [each for check in kafka_checks.CHECKS for each in of_brokers(check)]
    assert {each.status for each in found} == {Status.OK}
    assert {*BROKERS.topics} == {*kafka_checks.topic_names(pipeline())}


def setting(topic: Topic, name: str, value: str) -> Topic:
    return replace(topic, settings={**(topic.settings or {}), name: value})


@pytest.mark.parametrize(
    ("check", "topic", "status", "word"),
    [
        ("tables' topics", setting(TOPIC, "retention.ms", "3600000"), Status.WARN, "retention.ms=604800000"),
        ("tables' topics", setting(TOPIC, "cleanup.policy", "compact"), Status.WARN, "cleanup.policy=delete"),
        ("tables' topics", replace(TOPIC, partitions=6), Status.WARN, "source.topics.partitions"),
        ("tables' topics", replace(TOPIC, settings=None), Status.UNCHECKED, "DescribeTopicDynamicConfiguration"),
        ("schema history", setting(HISTORY, "retention.ms", "604800000"), Status.FAIL, "retention.ms=-1"),
        ("schema history", setting(HISTORY, "retention.bytes", "1000"), Status.FAIL, "retention.bytes=-1"),
        ("schema history", setting(HISTORY, "cleanup.policy", "compact"), Status.FAIL, "cleanup.policy=delete"),
        ("schema history", setting(HISTORY, "retention.ms", "9223372036854775807"), Status.OK, ""),
        ("schema history", replace(HISTORY, partitions=2), Status.FAIL, "source.schema_history.topic"),
        ("schema history", replace(HISTORY, settings=None), Status.UNCHECKED, "allow"),
        ("offsets", setting(OFFSETS, "cleanup.policy", "delete"), Status.FAIL, "cleanup.policy=compact"),
        ("offsets", replace(OFFSETS, settings=None), Status.UNCHECKED, "allow"),
    ],
)
def test_a_topic_that_is_not_as_it_should_be(check, topic, status, word):
    (found,) = of_brokers(check, topic)
    assert found.status is status
    assert word in found.cure


def test_retention_that_differs_from_the_pipeline():
    (found,) = of_brokers("tables' topics", source={"topics": {"retention_ms": 86400000}})
    assert found.cure == "kafka-configs --alter --topic shop.shop.orders --add-config retention.ms=86400000"


def test_topics_that_nobody_makes():
    more = {"topics": {"create": False}, "signal_topic": "signals"}
    found = of_brokers("automatic topics", source=more)
    assert [each.text.split(",")[0] for each in found] == ["topic signals does not exist"]
    assert found[0].status is Status.FAIL
    willing = replace(BROKERS, settings={"auto.create.topics.enable": "true"})
    assert of_brokers("automatic topics", brokers=willing, source=more)[0].status is Status.OK
    mute = replace(BROKERS, settings=None)
    assert of_brokers("automatic topics", brokers=mute, source=more)[0].status is Status.UNCHECKED
    assert of_brokers("automatic topics", brokers=mute) == []


def test_one_replica_on_several_brokers():
    lonely = replace(BROKERS, settings={"default.replication.factor": "1"})
    assert of_brokers("replication", brokers=lonely)[0].status is Status.WARN
    assert of_brokers("replication", brokers=replace(lonely, count=1)) == []


@pytest.fixture
def place():
    with mock_aws():
        session = boto3.Session("key", "secret", region_name="us-east-1")
        yield Target(session, "us-east-1", "the test account", poll_seconds=0.0)


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
    stub = Stubber(client)
    stub.activate()
    return stub


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


def test_what_cannot_be_reached_is_a_failure_that_says_how_much_was_left_out(place):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    place.client("secretsmanager").create_secret(
        Name="shop/mysql", SecretString='{"username": "u", "password": "hush-hush"}'
    )
    source = {**DOCUMENT["source"], "host": "127.0.0.1", "port": port}
    kafka = {**DOCUMENT["kafka"], "bootstrap_servers": f"127.0.0.1:{port}", "authentication": "NONE"}
    found = examine(pipeline(source=source, kafka=kafka), replace(place, has_network_and_roles=False), lambda _: None)
    failed = {each.check: each.finding for each in found if each.finding.status is Status.FAIL}
    assert f"127.0.0.1:{port}" in failed["brokers"].text
    assert f"MySQL at 127.0.0.1:{port}" in failed["connection"].text
    assert failed["connection"].text.endswith("21 checks were not made")
    assert "VPC" in failed["connection"].cure
    assert "hush-hush" not in str(found)
    assert not is_fine(found)
    assert [each.finding.status for each in found if each.subject == "network"] == [Status.UNCHECKED]


def test_a_subject_that_there_is_not(place):
    with pytest.raises(UsageError, match="no subject postgres"):
        examine(pipeline(), place, lambda _: None, ["kafka", "postgres"])


def test_warnings_and_unchecked_things_are_no_failure():
    assert is_fine([Checked("kafka", "x", warn("a", "b")), Checked("kafka", "x", unchecked("a"))])
