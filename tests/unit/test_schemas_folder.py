"""Schemas kept in a folder: exported, reviewed, held against the registry, and put back into an empty one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from glue_account import ONE, ORDERS, THREE, TWO, WITHOUT_NAME, Account, record

from cdcctl.evolve.registered import from_folder
from cdcctl.schema.compatibility import Mode
from cdcctl.schema.definitions import compact, reviewable

F = ("-f", "pipeline.yaml")
NAMED = f"values/{ORDERS}"


@pytest.fixture
def exported(account: Account) -> Path:
    account.schema(ONE, TWO, WITHOUT_NAME, THREE)
    account.schema(record("ID int", name="Key"), registry="keys", mode="FULL")
    account.cdcctl("schemas", "checkpoint", NAMED, "2", "--yes")
    assert account.cdcctl("schemas", "export", *F, "--out", "schemas").code == 0
    return account.folder / "schemas"


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def elsewhere(account: Account) -> None:
    """Another account, where nothing is yet."""
    account.__post_init__()


def test_export_is_readable_and_idempotent(account: Account, exported: Path) -> None:
    assert files(exported) == [
        f"keys/{ORDERS}/1.avsc",
        f"keys/{ORDERS}/schema.json",
        *(f"values/{ORDERS}/{number}.avsc" for number in (1, 2, 4)),
        f"values/{ORDERS}/schema.json",
    ]
    place = exported / "values" / ORDERS
    assert json.loads((place / "schema.json").read_text()) == {"compatibility": "FORWARD", "checkpoint": 2}
    assert (place / "4.avsc").read_text().count("\n") > 10
    assert compact((place / "4.avsc").read_text()) == THREE
    again = account.cdcctl("schemas", "export", *F, "--out", "schemas", "--json").json
    assert (again["written"], again["stale"]) == ([], [])


def test_evolve_check_reads_it(exported: Path) -> None:
    found = from_folder(exported)("values", ORDERS)
    assert (list(found.definitions), found.mode) == ([ONE, TWO, THREE], Mode.FORWARD)


def test_export_prunes_only_when_told(account: Account, exported: Path) -> None:
    account.cdcctl("schemas", "delete-version", NAMED, "4", "--yes")
    told = account.cdcctl("schemas", "export", *F, "--out", "schemas")
    assert "--prune removes it" in told.out
    assert (exported / "values" / ORDERS / "4.avsc").exists()
    account.cdcctl("schemas", "export", *F, "--out", "schemas", "--prune")
    assert not (exported / "values" / ORDERS / "4.avsc").exists()
    assert account.cdcctl("schemas", "drift", "schemas", *F).code == 0


def test_import_into_an_empty_account_restores_everything(account: Account, exported: Path) -> None:
    elsewhere(account)
    assert account.cdcctl("schemas", "drift", "schemas").code == 1
    asked = account.cdcctl("schemas", "import", "schemas")
    assert (asked.code, account.glue.list_registries()["Registries"]) == (2, [])
    done = account.cdcctl("schemas", "import", "schemas", "--yes")
    assert done.code == 0, done.err
    assert account.statuses() == [(1, "AVAILABLE"), (2, "AVAILABLE"), (3, "AVAILABLE")]
    described = account.describe()
    assert (described["Compatibility"], described["SchemaCheckpoint"]) == ("FORWARD", 2)
    assert account.describe(registry="keys")["Compatibility"] == "FULL"
    assert account.cdcctl("schemas", "import", "schemas").out == "nothing to do\n"
    assert account.cdcctl("schemas", "drift", "schemas").code == 0


def test_a_history_that_its_mode_refuses_today_is_restored_all_the_same(account: Account) -> None:
    account.schema(ONE, WITHOUT_NAME, mode="NONE")
    account.cdcctl("schemas", "compatibility", "set", NAMED, "FULL_ALL", "--yes")
    account.cdcctl("schemas", "export", *F, "--out", "schemas")
    elsewhere(account)
    done = account.cdcctl("schemas", "import", "schemas", "--yes")
    assert (done.code, "with compatibility NONE, because FULL_ALL refuses" in done.out) == (0, True), done.err
    assert (account.describe()["Compatibility"], len(account.statuses())) == ("FULL_ALL", 2)
    # The same into a schema that is there.
    elsewhere(account)
    account.schema(ONE, mode="BACKWARD")
    assert account.cdcctl("schemas", "import", "schemas", "--yes").code == 0
    described = account.describe()
    assert (described["Compatibility"], described["SchemaCheckpoint"]) == ("FULL_ALL", 2)
    assert account.cdcctl("schemas", "drift", "schemas", *F).code == 0


def test_import_frees_what_a_refusal_occupies(account: Account, exported: Path) -> None:
    elsewhere(account)
    account.schema(ONE, TWO, mode="BACKWARD")
    assert account.register(THREE)["Status"] == "FAILURE"
    assert account.cdcctl("schemas", "import", "schemas", *F, "--yes").code == 0
    assert [status for _, status in account.statuses()] == ["AVAILABLE"] * 3
    assert account.cdcctl("schemas", "drift", "schemas", *F).code == 0


def test_drift_names_every_difference(account: Account, exported: Path) -> None:
    account.register(record("ID int", "NAME string", "MORE int"))
    account.schema(ONE, name="db1.shop.new")
    account.cdcctl("schemas", "checkpoint", NAMED, "4", "--yes")
    (exported / "values" / ORDERS / "1.avsc").unlink()
    (exported / "keys" / ORDERS / "schema.json").write_text('{"compatibility": "NONE"}')
    other = exported / "values" / "db1.shop.old"
    other.mkdir()
    (other / "1.avsc").write_text(ONE)
    done = account.cdcctl("schemas", "drift", "schemas", *F, "--json")
    assert done.code == 1
    assert [(each["schema"], each["what"], each["folder"], each["registry"]) for each in done.json["drift"]] == [
        (f"keys/{ORDERS}", "compatibility", "NONE", "FULL"),
        ("values/db1.shop.old", "schema", "1 version(s)", None),
        (NAMED, "version", None, "1"),
        (NAMED, "checkpoint", "2", "4"),
        ("values/db1.shop.new", "schema", None, "there"),
    ]


def test_every_problem_of_a_folder_is_told_at_once(account: Account, exported: Path) -> None:
    place = exported / "values" / ORDERS
    (place / "two.avsc").write_text(ONE)
    (place / "v1.avsc").write_text(ONE)
    (place / "2.avsc").write_text('{"type": "recor')
    (place / "schema.json").write_text('{"compatability": "FULL", "compatibility": "MOSTLY", "checkpoint": "1"}')
    (exported / "keys" / ORDERS / "schema.json").write_text("[]")
    for command in ("import", "drift"):
        done = account.cdcctl("schemas", command, "schemas")
        assert (done.code, done.out) == (3, "")
        for said in (
            "two.avsc: the name is not a number",
            "version 1 is there twice",
            "2.avsc: no Avro schema",
            "unknown key 'compatability'",
            "no compatibility mode 'MOSTLY'",
            "the checkpoint is not a number",
            "it is not an object",
        ):
            assert said in done.err


@pytest.mark.parametrize("mode", ["[]", "{}", "5"])
def test_a_mode_that_is_not_even_a_word(account: Account, exported: Path, mode: str) -> None:
    (exported / "values" / ORDERS / "schema.json").write_text(f'{{"compatibility": {mode}}}')
    done = account.cdcctl("schemas", "drift", "schemas")
    assert done.code == 3
    assert f"there is no compatibility mode {mode}" in done.err


def test_a_mode_is_needed_where_nobody_says_it(account: Account) -> None:
    place = account.folder / "schemas" / "values" / ORDERS
    place.mkdir(parents=True)
    (place / "1.avsc").write_text(ONE)
    assert account.cdcctl("schemas", "import", "schemas", "--yes").code == 2
    assert account.cdcctl("schemas", "import", "schemas", *F, "--yes").code == 0
    assert account.describe()["Compatibility"] == "FORWARD"


@pytest.mark.parametrize(
    "definition",
    [ONE, THREE, '{"type":"string"}', '{"a": 1}', '{"x":1.0E10}', '"string"', "not json", '{"é":"\\u00e9"}'],
)
def test_what_is_reviewed_is_what_is_registered(definition: str) -> None:
    assert compact(reviewable(definition)) == definition
