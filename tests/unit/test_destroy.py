"""``cdcctl destroy`` on the emulated AWS: what is the pipeline's own goes, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from operated import Account, new_account

from cdcctl.aws.msk_connect import MskConnect
from cdcctl.cli.plan_text import print_plan
from cdcctl.deploy.journal import read_journal
from cdcctl.deploy.plan import Action, Plan, Step

SINKS: dict[str, Any] = {
    "name": "two",
    "topic_prefix": "two",
    "sink": None,
    "sinks": {
        "lake": {"type": "iceberg", "warehouse": "s3://lake/w"},
        "files": {"type": "aiven-s3", "bucket": "lake", "prefix": "files/"},
    },
    "registries": {"keys": "two-keys", "values": "two-values"},
}


@pytest.fixture
def account(emulator_port: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    return new_account(emulator_port, tmp_path, monkeypatch)


def steps(document: Any) -> dict[str, str]:
    return {f"{each['kind']} {each['name']}": f"{each['action']} {each['why']}".strip() for each in document["steps"]}


def test_all_that_was_made_is_taken_down_once_confirmed(account: Account) -> None:
    account.deploy()
    file = account.file()
    nobody = account.run("destroy", "-f", file, code=2)
    assert "delete           connector             m-source" in nobody.stdout
    assert "cost: gap: streaming ends; MySQL keeps what comes" in nobody.stdout
    assert "error: there is nobody to ask" in nobody.stderr
    assert account.state("m-source") == "RUNNING"
    done = account.run("destroy", "-f", file, "--yes")
    assert done.stdout.endswith("m is taken down\n")
    assert "note: the brokers cannot be reached from here" in done.stdout
    left = account.world.everything()
    assert [left[kind] for kind in ("connectors", "plugins", "workers", "groups", "objects")] == [{}, [], [], [], []]
    assert (left["registries"], left["databases"]) == (["k", "v"], ["a"])
    assert account.run("destroy", "-f", file, "--yes").stdout.endswith("m has nothing left to delete\n")
    runs = read_journal(account.target, "bucket", "cdcctl/pipelines/m/journal/", 10)
    assert [(run.command, run.outcome) for run in runs] == [("deploy", "done"), ("destroy", "done")]
    assert runs[-1].entries[0]["step"].startswith("delete connector m-")


def test_schemas_and_data_go_when_told(account: Account) -> None:
    account.deploy()
    registry, catalog = account.target.registry, account.target.catalog
    registry.create_schema("k", "db1.a.b", "FORWARD")
    registry.create_schema("k", "__debezium-heartbeat.db1", "FORWARD")
    registry.create_schema("v", "db1.a.b", "FORWARD")
    registry.create_schema("v", "of.another", "FORWARD")
    s3, glue = account.target.client("s3"), account.target.client("glue")
    s3.create_bucket(Bucket="lake")
    for key in ("w/a.db/b/data/1.parquet", "w/a.db/b/metadata/1.json", "w/a.db/b2/data/1.parquet"):
        s3.put_object(Bucket="lake", Key=key, Body=b"x")
    table = {
        "Name": "b",
        "StorageDescriptor": {"Location": "s3://lake/w/a.db/b"},
        "Parameters": {"metadata_location": "s3://lake/w/a.db/b/metadata/1.json"},
    }
    glue.create_table(DatabaseName="a", TableInput=table)
    done = steps(account.json("destroy", "-f", account.file(), "--schemas", "--data", "--yes"))
    assert done["registry k"] == "delete"
    assert done["registry v"] == "unchanged holds schema(s) of others, such as of.another"
    assert done["schema v/db1.a.b"] == "delete"
    assert (done["Iceberg table a.b"], done["Glue database a"]) == ("delete", "delete")
    assert registry.schemas("v") == ["of.another"]
    assert registry.find_registry("k") is None
    assert account.target.storage.keys("lake", "") == ["w/a.db/b2/data/1.parquet"]
    assert catalog.database_marks("a") is None


def test_many_that_stay_for_one_reason_are_all_named_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    topics = [f"db1.shop.table-{number}" for number in range(20)]
    same = [Step(Action.KEEP, "topic", each, "--topics deletes it") for each in topics]
    other = Step(Action.KEEP, "topic", "m-history", "--offsets deletes it")
    print_plan(Plan((*same[:3], other, *same[3:])))
    first, *names, last = capsys.readouterr().out.splitlines()
    assert first == "unchanged        topic                 20: --topics deletes it"
    assert ", ".join(each.strip(" ,") for each in names).split(", ") == topics
    assert last == "unchanged        topic                 m-history  --offsets deletes it"


def test_what_was_there_before_is_left_alone(account: Account) -> None:
    account.target.logs.create_group("/cdcctl/m")
    account.target.registry.create_registry("k", {})
    account.target.storage.create_database("a")
    account.deploy()
    account.target.registry.create_schema("k", "db1.a.b", "FORWARD")
    s3 = account.target.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="elsewhere/b/1.parquet", Body=b"x")
    table = {"Name": "b", "StorageDescriptor": {"Location": "s3://lake/elsewhere/b"}}
    account.target.client("glue").create_table(DatabaseName="a", TableInput=table)
    done = steps(account.json("destroy", "-f", account.file(), "--schemas", "--data", "--yes"))
    unmarked = "unchanged carries no tag cdcctl:pipeline: cdcctl did not make it"
    assert (done["log group /cdcctl/m"], done["registry k"]) == (unmarked, unmarked)
    assert (done["schema k/db1.a.b"], done["registry v"]) == ("delete", "delete")
    assert done["Iceberg table a.b"].endswith("outside the sink's warehouse")
    assert done["Glue database a"] == "unchanged does not carry cdcctl:pipeline: m"
    assert account.target.storage.keys("lake", "") == ["elsewhere/b/1.parquet"]
    assert account.target.logs.has_group("/cdcctl/m")


def test_two_pipelines_in_one_account(account: Account) -> None:
    """Of one plugin, one log group and one registry for both: the second goes on, and takes the rest with it later."""
    shared = {"connect": {"log_group": "/shared"}}
    other = {"name": "n", "topic_prefix": "db2", **shared}
    account.deploy(**shared)
    account.deploy(**other)
    before = account.world.everything()["connectors"]
    done = steps(account.json("destroy", "-f", account.file(**shared), "--yes"))
    assert done["custom plugin debezium-onexxxxxxxxx"] == "unchanged connector n-source uses it"
    assert done["log group /shared"] == "unchanged connector n-sink, n-source writes to it"
    after = account.world.everything()
    assert after["connectors"] == {name: each for name, each in before.items() if name.startswith("n-")}
    assert len(after["plugins"]) == 2
    assert account.json("drift", "-f", account.file(**other))["drifts"] == []
    # Made for the first, used by the second, and now by nobody: the second takes it down.
    done = steps(account.json("destroy", "-f", account.file(**other), "--yes"))
    assert done["custom plugin debezium-onexxxxxxxxx"] == "delete"
    left = account.world.everything()
    assert [left[kind] for kind in ("connectors", "plugins", "workers", "objects")] == [{}, [], [], []]


def test_several_environments_of_one_pipeline(account: Account) -> None:
    """Names by overlay: one begins like the other's, and is none of its business."""
    staging = {"name": "m-staging", "topic_prefix": "staging", "registries": {"keys": "sk", "values": "sv"}}
    account.deploy()
    account.deploy(**staging)
    before = account.world.everything()
    account.run("destroy", "-f", account.file(), "--schemas", "--yes")
    after = account.world.everything()
    assert after["connectors"] == {
        name: each for name, each in before["connectors"].items() if name.startswith("m-staging-")
    }
    assert after["registries"] == ["sk", "sv"]
    assert after["workers"] == [each for each in before["workers"] if each.startswith("m-staging-")]
    assert after["groups"] == ["/cdcctl/m-staging"]


def test_one_source_with_two_sinks(account: Account) -> None:
    account.deploy()
    account.target.client("s3").create_bucket(Bucket="lake")
    for key in ("files/two.a.b/partition=0/two.a.b+0+0.gz.parquet", "files/two.a.bc/partition=0/x"):
        account.target.client("s3").put_object(Bucket="lake", Key=key, Body=b"x")
    account.deploy(**SINKS)
    names = ["m-sink", "m-source", "two-files", "two-lake", "two-source"]
    assert sorted(account.world.everything()["connectors"]) == names
    account.run("pause", "-f", account.file(**SINKS), "files")
    states = {name: account.state(name) for name in names}
    assert states == {**dict.fromkeys(names, "RUNNING"), "two-files": "PAUSED"}
    done = steps(account.json("destroy", "-f", account.file(**SINKS), "--data", "--yes"))
    assert done["S3 objects s3://lake/files/two.a.b/"] == "delete"
    assert sorted(account.world.everything()["connectors"]) == ["m-sink", "m-source"]
    assert account.target.storage.keys("lake", "") == ["files/two.a.bc/partition=0/x"]


def test_connectors_of_others_are_left(account: Account) -> None:
    account.deploy()
    connect = account.target.msk_connect
    arns = {each.name: each.arn for each in connect.list_connectors()}
    connect.change_tags(arns["m-source"], {"cdcctl:pipeline": "other"}, [])
    connect.change_tags(arns["m-sink"], {}, ["cdcctl:pipeline"])
    done = steps(account.json("destroy", "-f", account.file(), "--yes"))
    assert done["connector m-source"] == "unchanged belongs to pipeline other"
    assert done["connector m-sink"] == "unchanged carries no tag cdcctl:pipeline: cdcctl did not make it"
    assert {each["state"] for each in account.world.everything()["connectors"].values()} == {"RUNNING"}
    assert account.target.logs.has_group("/cdcctl/m")


def test_what_needs_the_brokers_is_refused_where_they_are_out_of_reach(account: Account) -> None:
    account.deploy()
    refused = account.run("destroy", "-f", account.file(), "--offsets", "--yes", code=3)
    assert "1 resource(s) stand in the way" in refused.stderr
    assert "Kafka cluster 127.0.0.1:1 the brokers cannot be reached from here" in refused.stderr
    assert account.state("m-source") == "RUNNING"


def test_a_connector_that_goes_while_it_is_looked_at_uses_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a run that was killed once it had deleted the connectors."""
    account.deploy()
    tags = MskConnect.tags

    def going(self: MskConnect, arn: str) -> dict[str, str]:
        if ":connector/m-" in arn and account.state(name := arn.split("/")[1]) == "RUNNING":
            self.delete_connector(arn)
            while account.state(name) != "gone":
                pass
        return tags(self, arn)

    monkeypatch.setattr(MskConnect, "tags", going)
    account.run("destroy", "-f", account.file(), "--yes")
    monkeypatch.undo()
    left = account.world.everything()
    assert [left[kind] for kind in ("connectors", "plugins", "workers", "objects")] == [{}, [], [], []]


def test_a_bucket_that_is_not_there(account: Account) -> None:
    missing = account.run("destroy", "-f", account.file(connect={"plugin_bucket": "nowhere"}), "--yes", code=3)
    assert "bucket nowhere does not exist" in missing.stderr
