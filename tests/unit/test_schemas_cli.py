"""``cdcctl schemas`` as a user runs it, on the emulated registry: looking, registering, deleting, curing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import tenacity
from glue_account import ONE, ORDERS, THREE, TWO, WITHOUT_NAME, Account, optional, record

from cdcctl.local.emulator.faults import FaultSpec, Kind

F = ("-f", "pipeline.yaml")
NAMED = f"values/{ORDERS}"


def put(account: Account, definition: str, name: str = "new.avsc") -> str:
    (account.folder / name).write_text(json.dumps(json.loads(definition), indent=2))
    return name


def test_list_takes_what_is_the_pipelines_of_shared_registries(account: Account) -> None:
    account.schema(ONE, TWO, WITHOUT_NAME)
    account.schema(ONE, registry="keys", mode="NONE")
    account.schema(ONE, name="another.shop.orders")
    account.schema(ONE, name="__debezium-heartbeat.db1")
    done = account.cdcctl("schemas", "list", *F, "--json")
    assert done.code == 0, done.err
    listed = {f"{each['registry']}/{each['schema']}": each for each in done.json["schemas"]}
    assert sorted(listed) == [f"keys/{ORDERS}", "values/__debezium-heartbeat.db1", NAMED]
    assert {"latest": 2, "checkpoint": 1, "versions": 3, "failed": [3], "compatibility": "FORWARD"}.items() <= listed[
        NAMED
    ].items()
    text = account.cdcctl("schemas", "list", "--registry", "values").out
    assert text.count("\n") == 3
    assert "refused: 3" in text
    assert account.cdcctl("schemas", "list").out.count("\n") == 4


def test_show_tells_what_each_version_changed_and_why_one_was_refused(account: Account) -> None:
    account.schema(ONE, TWO, WITHOUT_NAME)
    done = account.cdcctl("schemas", "show", "shop.orders", *F)
    assert "CITY is new: nullable string, default null" in done.out
    assert "FORWARD: a reader with the new schema ignores NAME; a reader with the old schema finds no NAME" in done.out
    versions = account.cdcctl("schemas", "show", NAMED, "--json").json["versions"]
    assert [(each["number"], each["status"], bool(each["reasons"])) for each in versions] == [
        (1, "AVAILABLE", False),
        (2, "AVAILABLE", False),
        (3, "FAILURE", True),
    ]
    assert json.loads(account.cdcctl("schemas", "show", ORDERS, "latest", *F).out) == json.loads(TWO)
    assert account.cdcctl("schemas", "show", NAMED, "1", "--json").out.strip() == ONE


def test_diff_says_it_by_field_and_by_mode(account: Account) -> None:
    account.schema(ONE, TWO, THREE)
    done = account.cdcctl("schemas", "diff", NAMED, "2", "--json")
    assert (done.code, done.json["before"], done.json["after"]) == (1, "version 2", "version 3")
    [change] = done.json["changes"]
    assert (change["field"], change["words"]) == ("COUNTRY", "is new: required string")
    assert done.json["checker"].endswith("for Python")
    taken = {mode for mode, verdict in done.json["compatible"].items() if verdict}
    assert taken == {"NONE", "FORWARD", "FORWARD_ALL"}
    [reason] = done.json["reasons"]
    assert reason["modes"] == ["BACKWARD", "BACKWARD_ALL", "FULL", "FULL_ALL"]
    assert "finds no COUNTRY in old records" in reason["message"]
    put(account, record({"name": "ID", "type": "long"}, optional("NAME"), optional("CITY")))
    text = account.cdcctl("schemas", "diff", "shop.orders", "2", "new.avsc", *F).out
    assert "ID has another type: required int → required long" in text
    assert "NAME may now be NULL: required string → nullable string" in text
    assert "BACKWARD yes" in text
    same = account.cdcctl("schemas", "diff", NAMED, "first", "v1")
    assert (same.code, "no difference" in same.out) == (0, True)


def test_register_a_version_that_is_taken(account: Account) -> None:
    account.schema(ONE)
    asked = account.cdcctl("schemas", "register", "shop.orders", put(account, TWO), *F)
    assert (asked.code, account.statuses()) == (2, [(1, "AVAILABLE")])
    assert "it becomes a new version: FORWARD takes it" in asked.out
    assert "there is nobody to ask" in asked.err
    done = account.cdcctl("schemas", "register", "shop.orders", "new.avsc", *F, "--yes", "--json")
    assert (done.code, done.json["outcome"]) == (0, "new version")
    assert [(each["number"], each["status"]) for each in done.json["registered"]] == [(2, "AVAILABLE")]
    # As the converter writes it, so that it finds this very version.
    version = account.glue.get_schema_version(SchemaVersionId=done.json["registered"][0]["id"])
    assert version["SchemaDefinition"] == TWO
    shown = account.cdcctl("schemas", "show", NAMED, "--json").json["versions"][1]
    assert shown["metadata"]["registered-by"].startswith("arn:aws:")
    again = account.cdcctl("schemas", "register", "shop.orders", "new.avsc", *F)
    assert (again.code, "version 2" in again.out and "already" in again.out) == (0, True)


def test_register_the_first_version_makes_registry_and_schema(account: Account) -> None:
    name = put(account, ONE)
    none = account.cdcctl("schemas", "register", NAMED, name)
    assert (none.code, "--compatibility" in none.err) == (2, True)
    done = account.cdcctl("schemas", "register", NAMED, name, "--compatibility", "FULL", "--yes")
    assert done.code == 0, done.err
    assert (account.describe()["Compatibility"], account.statuses()) == ("FULL", [(1, "AVAILABLE")])
    assert account.cdcctl("schemas", "register", "shop.orders", name, *F, "--key", "--yes").code == 0
    assert account.describe(registry="keys")["Compatibility"] == "FORWARD"


def test_what_would_be_refused_is_not_sent(account: Account) -> None:
    account.schema(ONE)
    done = account.cdcctl("schemas", "register", NAMED, put(account, WITHOUT_NAME), "--yes")
    assert (done.code, account.statuses()) == (1, [(1, "AVAILABLE")])
    assert "FORWARD refuses it: it would become a FAILURE" in done.out
    assert "finds no NAME in new records" in done.out
    forced = account.cdcctl("schemas", "register", NAMED, "new.avsc", "--yes", "--anyway")
    assert (forced.code, account.statuses()) == (1, [(1, "AVAILABLE"), (2, "FAILURE")])
    assert "version 2 is FAILURE" in forced.out
    poisoned = account.cdcctl("schemas", "register", NAMED, "new.avsc", "--yes", "--json")
    assert (poisoned.code, poisoned.json["outcome"]) == (1, "poisoned")


def test_a_version_that_the_registry_refuses_all_the_same_is_explained(account: Account) -> None:
    account.schema(ONE)
    account.faults.set(FaultSpec(Kind.SCHEMA_FAILURE, resource=ORDERS))
    try:
        done = account.cdcctl("schemas", "register", NAMED, put(account, TWO), "--yes")
    finally:
        account.faults.clear()
    assert done.code == 4
    assert f"the registry refused version 2 of {NAMED}: it is FAILURE" in done.err
    assert "FORWARD would take it now" in done.err
    assert f"cdcctl schemas cure {NAMED}" in done.err


def test_a_poisoned_definition_is_freed(account: Account) -> None:
    """The converter's way: its definition is found by text, and stays a FAILURE after the mode was relaxed."""
    account.schema(ONE, WITHOUT_NAME)
    stuck = account.cdcctl("schemas", "cure", *F, "--yes")
    assert (stuck.code, account.statuses()) == (1, [(1, "AVAILABLE")])
    assert "freed, it would be refused again" in stuck.out
    assert account.register(WITHOUT_NAME)["Status"] == "FAILURE"
    assert account.cdcctl("schemas", "compatibility", "set", NAMED, "NONE", "--yes").code == 0
    assert account.register(WITHOUT_NAME)["Status"] == "FAILURE"
    asked = account.cdcctl("schemas", "cure", NAMED, "--json")
    assert (asked.code, "there is nobody to ask" in asked.err) == (2, True)
    done = account.cdcctl("schemas", "cure", NAMED, "--yes", "--json")
    assert (done.code, done.json["poisoned"][0]["accepted_now"]) == (0, True)
    assert account.statuses() == [(1, "AVAILABLE")]
    assert account.register(WITHOUT_NAME)["Status"] == "AVAILABLE"
    healthy = account.cdcctl("schemas", "cure", *F)
    assert (healthy.code, "no definition is occupied" in healthy.out) == (0, True)


def test_cure_may_register_again(account: Account) -> None:
    account.schema(ONE, WITHOUT_NAME)
    account.cdcctl("schemas", "compatibility", "set", NAMED, "BACKWARD", "--yes")
    # BACKWARD refuses it too, because of COUNTRY.
    assert account.cdcctl("schemas", "cure", NAMED, "--register", "--yes").code == 1
    account.register(WITHOUT_NAME)
    account.cdcctl("schemas", "compatibility", "set", NAMED, "NONE", "--yes")
    assert account.cdcctl("schemas", "cure", NAMED, "--register", "--yes").code == 0
    assert [status for _, status in account.statuses()] == ["AVAILABLE", "AVAILABLE"]


def test_a_failure_that_shares_its_number_is_not_deleted(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """No source settles whether AWS gives a FAILURE's number again; versions are deleted by number."""
    monkeypatch.setattr(account.store, "options", replace(account.store.options, failure_consumes_number=False))
    account.schema(ONE, WITHOUT_NAME, TWO)
    assert sorted(account.statuses()) == [(1, "AVAILABLE"), (2, "AVAILABLE"), (2, "FAILURE")]
    done = account.cdcctl("schemas", "cure", NAMED, "--yes")
    assert (done.code, len(account.statuses())) == (1, 3)
    assert "cannot be freed: version 2 is also the number of" in done.out


def test_compatibility(account: Account) -> None:
    account.schema(ONE, TWO, THREE)
    account.schema(registry="keys")
    assert account.cdcctl("schemas", "compatibility", "get", "shop.orders", *F).out == f"FORWARD       {NAMED}\n"
    assert account.cdcctl("schemas", "compatibility", "get", *F, "--json").json == {
        f"keys/{ORDERS}": "FORWARD",
        NAMED: "FORWARD",
    }
    done = account.cdcctl("schemas", "compatibility", "set", NAMED, "full", "--yes")
    assert done.code == 0, done.err
    assert "compatibility: FORWARD → FULL" in done.out
    assert "checkpoint: 1 → 3" in done.out
    assert "FULL would have refused version 3" in done.out
    assert (account.describe()["Compatibility"], account.describe()["SchemaCheckpoint"]) == ("FULL", 3)
    assert account.cdcctl("schemas", "compatibility", "set", NAMED, "FULL").out == "nothing to do\n"
    without = account.cdcctl("schemas", "compatibility", "set", f"keys/{ORDERS}", "FULL", "--yes")
    assert (without.code, "has no version yet" in without.err) == (3, True)


def test_checkpoint_only_moves_forward(account: Account) -> None:
    account.schema(ONE, TWO, WITHOUT_NAME, THREE)
    assert account.cdcctl("schemas", "checkpoint", NAMED).out == "1\n"
    done = account.cdcctl("schemas", "checkpoint", NAMED, "latest", "--yes")
    assert (done.code, "checkpoint: 1 → 4" in done.out) == (0, True)
    assert account.cdcctl("schemas", "checkpoint", NAMED, "4").out == "nothing to do\n"
    for version, said in (("2", "never moves it back"), ("3", "version 3 of"), ("9", "has no version 9")):
        refused = account.cdcctl("schemas", "checkpoint", NAMED, version, "--yes")
        assert refused.code in (3, 4)
        assert said in refused.err


def test_delete_version_refuses_before_glue_does(account: Account) -> None:
    account.schema(ONE, TWO, THREE)
    for versions, code, said in (
        ("1", 3, "the first version cannot be deleted"),
        ("1-3", 3, "the first version"),
        ("7", 4, "has no version 7"),
        ("3-2", 2, "is empty"),
        ("x", 2, "names no versions"),
        ("2-40", 3, "25 versions at most"),
    ):
        done = account.cdcctl("schemas", "delete-version", NAMED, versions, "--yes")
        assert (done.code, said in done.err) == (code, True), done.err
    account.cdcctl("schemas", "checkpoint", NAMED, "3", "--yes")
    done = account.cdcctl("schemas", "delete-version", NAMED, "3", "--yes")
    assert (done.code, "version 3 is the checkpoint" in done.err) == (3, True)
    assert len(account.statuses()) == 3
    done = account.cdcctl("schemas", "delete-version", "shop.orders", "2", *F, "--yes")
    assert (done.code, "version 2 can never be decoded again" in done.out) == (0, True)
    assert account.statuses() == [(1, "AVAILABLE"), (3, "AVAILABLE")]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "orders"], 2, "which registry orders is of"),
        (["show", "a/b c"], 2, "'b c' is no name"),
        (["show", "../.."], 2, "is no name"),
        (["show", "nowhere/x"], 4, "there are the registries values"),
        (["show", "values/db1.shop.order"], 4, f"registry values has {ORDERS}"),
        (["show", NAMED, "9"], 4, "has no version 9"),
        (["diff", NAMED, "1", "nothing.avsc"], 3, "nothing.avsc cannot be read"),
        (["diff", NAMED, "1", "bad.avsc"], 3, "is no Avro schema"),
        (["register", NAMED, "bad.avsc"], 3, "bad.avsc is no Avro schema"),
        (["register", NAMED, "binary.avsc"], 3, "binary.avsc is no Avro schema"),
        (["register", NAMED, "."], 3, ". cannot be read"),
        (["register", NAMED, "long.avsc"], 3, "Glue takes 170000"),
        (["compatibility", "set", NAMED, "SIDEWAYS"], 2, "there is no compatibility mode 'SIDEWAYS'"),
        (["list", "--registry", "nowhere"], 4, "nowhere"),
        (["list", "--registry", "values", "-f", "pipeline.yaml"], 2, "exclude each other"),
        (["import", "nothing"], 3, "nothing is no folder"),
        (["drift", "."], 3, "there is no schema in ."),
    ],
)
def test_what_cannot_be_done_is_said(account: Account, arguments: list[str], code: int, said: str) -> None:
    account.schema(ONE)
    folder: Path = account.folder
    (folder / "bad.avsc").write_text('{"type": "record", "name": "x"}')
    (folder / "binary.avsc").write_bytes(b"\xff\xfe\n\x00")
    (folder / "long.avsc").write_text(record("ID int", {"name": "X", "type": "int", "doc": "x" * 170_000}))
    done = account.cdcctl("schemas", *arguments)
    assert (done.code, done.out) == (code, ""), done.err
    assert said in done.err


def test_other_formats_are_listed_and_not_compared(account: Account) -> None:
    account.schema(ONE)
    account.glue.create_schema(
        RegistryId={"RegistryName": "values"}, SchemaName="j", DataFormat="JSON", Compatibility="NONE"
    )
    assert "JSON" in account.cdcctl("schemas", "list", "--registry", "values").out
    done = account.cdcctl("schemas", "show", "values/j")
    assert (done.code, "values/j is JSON" in done.err) == (3, True)


def test_a_pending_version_is_waited_for(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.schema(ONE)
    monkeypatch.setattr(account.store, "options", replace(account.store.options, pending_seconds=0.3))
    often = tenacity.wait_fixed(0.05)
    monkeypatch.setattr(tenacity, "wait_fixed", lambda _seconds: often)
    done = account.cdcctl("schemas", "register", NAMED, put(account, TWO), "--yes", "--json")
    assert (done.code, done.json["registered"][0]["status"]) == (0, "AVAILABLE")
