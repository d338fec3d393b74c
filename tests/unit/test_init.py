"""``cdcctl init``: what is written of a server's tables and of the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cdcctl.cli.app import app
from cdcctl.doctor.grants import Grants
from cdcctl.doctor.server import Server
from cdcctl.doctor.tables import Column, Table, Unique
from cdcctl.documents import Document
from cdcctl.errors import CdcctlError, InputError, UsageError
from cdcctl.init.server_facts import ServerFacts, capturable, chosen_tables
from cdcctl.init.start import Start, start
from cdcctl.init.wishes import Wishes, free_server_id, keys_of, name_of
from cdcctl.lint.columns import columns_of
from cdcctl.local.mysql.address import URL_VARIABLE
from cdcctl.pipeline import load
from cdcctl.render.configurations import render

GRANTS = "GRANT SELECT, INSERT, DELETE, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `d`@`%`"
SERVER = Server(
    account="debezium@%",
    variables={"version": "8.4.2", "log_bin": "ON", "server_id": "1", "sql_mode": "STRICT_TRANS_TABLES"},
    grants=Grants.parse([GRANTS]),
    replicas={},
    managed=False,
)
PRIMARY = Unique("PRIMARY", ("id",))
PLACE = {
    "kafka": {"bootstrap_servers": "b:9092", "subnets": ["s"]},
    "connect": {"role_arn": "arn:aws:iam::123456789012:role/r", "plugin_bucket": "plugins"},
    "sinks": {"*": {"iceberg": {"warehouse": "s3://lake/w"}}},
}


def facts(*tables: tuple[str, str, tuple[Unique, ...]], server: Server = SERVER) -> ServerFacts:
    """A server with tables: name in shop, lines of CREATE TABLE, unique keys."""
    existing = {f"shop.{name}": "InnoDB" for name, _, _ in tables}
    text = "\n".join(f"CREATE TABLE `shop`.`{name}` (\n{lines}\n)" for name, lines, _ in tables)
    found = tuple(columns_of(text))
    described = [
        Table(
            f"shop.{name}",
            "InnoDB",
            uniques,
            tuple(Column(each.name, each.type.split("(")[0].split()[0], each.type) for each in found),
        )
        for name, _, uniques in tables
    ]
    return ServerFacts(server, existing, described, found, {})


def begin(known: ServerFacts | None = None, place: dict[str, object] | None = None, **wishes: object) -> Start:
    return start(Path("p.yaml"), Wishes(**wishes), known, Document("the place", place or {}))  # type: ignore[arg-type]


ORDERS = ("orders", "  `id` int NOT NULL,\n  `note` text,\n  PRIMARY KEY (`id`)", (PRIMARY,))


def remarks(begun: Start) -> dict[tuple[str, str], str]:
    return {(remark.code, ".".join(map(str, remark.path))): remark.text for remark in begun.remarks}


def test_plain_tables_need_no_remark_and_the_file_is_clean() -> None:
    begun = begin(facts(ORDERS), PLACE, host="db.example")
    assert begun.remarks == []
    assert begun.missing == {}
    assert begun.lint.findings == ()
    assert begun.is_fine
    assert begun.document["source"]["tables"] == ["shop.orders"]
    assert begun.document["source"]["credentials"] == {"secret": "shop/mysql"}


def test_what_is_written_loads_and_renders(tmp_path: Path) -> None:
    begun = begin(facts(ORDERS, ("log", "  `at` datetime(6) DEFAULT NULL", ())), host="db.example", port=3307)
    file = tmp_path / "p.yaml"
    file.write_text(begun.text)
    pipeline = load([file], [Document("the place", PLACE)])
    assert (pipeline.name, pipeline.source.port, pipeline.source.tables) == ("shop", 3307, ["shop.orders", "shop.log"])
    assert render(pipeline, "us-east-1").source["database.server.id"] == str(pipeline.source.server_id)


@pytest.mark.parametrize(
    ("line", "code", "path", "value"),
    [
        ("`n` bigint unsigned NOT NULL", "CDC271", ("types", "bigint_unsigned"), "precise"),
        ("`n` decimal(40,2) NOT NULL", "CDC277", ("types", "decimal"), "string"),
        ("`n` tinyint(1) NOT NULL", "CDC280", ("types", "tinyint1"), "number"),
        ("`n` date NOT NULL", "CDC283", ("types", "time"), "adaptive_time_microseconds"),
        ("`n` datetime NOT NULL,\n  `m` datetime(6) NOT NULL", "CDC279", ("types", "time"), "microseconds"),
        ("`n-m` int NOT NULL", "CDC274", ("properties", "field.name.adjustment.mode"), "avro"),
    ],
)
def test_a_type_that_needs_a_decision_gets_the_safe_one(
    line: str, code: str, path: tuple[str, ...], value: str
) -> None:
    begun = begin(facts(("t", f"  `id` int NOT NULL,\n  {line},\n  PRIMARY KEY (`id`)", (PRIMARY,))), PLACE)
    section, key = path
    assert begun.document["source"][section][key] == value
    text = remarks(begun)[(code, f"source.{section}.{key}")]
    assert "shop.t.n" in text
    lines = begun.text.splitlines()
    (at,) = [number for number, each in enumerate(lines) if each.startswith(f"    {key}: ")]
    assert any(code in each for each in lines[at - 3 : at])
    errors = [each.code for each in begun.lint.findings if each.rule.severity != "note"]
    assert errors == []


def test_no_decision_that_the_version_does_not_know() -> None:
    lines = "  `id` int NOT NULL,\n  `n` datetime NOT NULL,\n  `m` datetime(6) NOT NULL,\n  PRIMARY KEY (`id`)"
    begun = begin(facts(("t", lines, (PRIMARY,))), PLACE, debezium="2.7")
    assert begun.document["source"]["types"] == {"time": "adaptive_time_microseconds"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("`n` int DEFAULT '5'", "CDC270"),
        ("`n` date NOT NULL DEFAULT '0000-00-00'", "CDC272"),
        ("`n` float DEFAULT NULL", "CDC278"),
        ("`n` enum('a','b') DEFAULT NULL", "CDC281"),
        ("`n` polygon DEFAULT NULL", "CDC282"),
    ],
)
def test_what_only_the_table_can_cure_stands_at_the_table(line: str, code: str) -> None:
    begun = begin(facts(ORDERS, ("t", f"  `id` int NOT NULL,\n  {line},\n  PRIMARY KEY (`id`)", (PRIMARY,))), PLACE)
    found = {key for key in remarks(begun) if key[0] == code}
    assert found == {(code, "source.tables.shop.t")}
    lines = begun.text.splitlines()
    assert any(code in each for each in lines[lines.index("    - shop.orders") : lines.index("    - shop.t")])
    assert code in {each.code for each in begun.lint.findings}


def test_keys_of_tables_without_a_primary_key() -> None:
    begun = begin(
        facts(
            ("unique", "  `a` int NOT NULL,\n  UNIQUE KEY `a_key` (`a`)", (Unique("a_key", ("a",)),)),
            ("null", "  `a` int DEFAULT NULL,\n  UNIQUE KEY `a_key` (`a`)", (Unique("a_key", ("a",), nullable=True),)),
            ("none", "  `a` int DEFAULT NULL", ()),
            ("named", "  `a` int DEFAULT NULL", ()),
        ),
        PLACE,
        keys={"shop.named": ["a"]},
    )
    assert begun.document["source"]["keys"] == {"shop.unique": ["a"], "shop.named": ["a"]}
    found = remarks(begun)
    assert found[("", "source.tables.shop.unique")] == "no primary key; its key is the unique key a_key"
    assert "add to keys: shop.null: [a]" in found[("CDC273", "source.tables.shop.null")]
    assert "add a primary key" in found[("CDC273", "source.tables.shop.none")]
    (finding,) = [each for each in begun.lint.findings if each.code == "CDC273"]
    assert finding.message == "shop.null, shop.none"


def test_grants_and_settings_that_are_missing() -> None:
    few = Server("d@%", {**SERVER.variables, "log_bin": "OFF"}, Grants(frozenset()), {}, managed=False)
    begun = begin(facts(ORDERS, server=few), PLACE)
    assert not begun.is_fine
    cures = [each.finding.cure for each in begun.checks]
    assert "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'd'@'%'" in cures
    assert "start mysqld with --log-bin" in cures


def test_a_server_id_that_nobody_has() -> None:
    first = free_server_id("shop", ())
    assert free_server_id("shop", ()) == first
    assert free_server_id("shop", {first}) == first + 1
    assert free_server_id("store", ()) != first
    taken = Server(SERVER.account, SERVER.variables, SERVER.grants, {first: "replica"}, managed=False)
    assert begin(facts(ORDERS, server=taken), PLACE).document["source"]["server_id"] == first + 1


def test_tables_are_chosen_by_patterns() -> None:
    existing = dict.fromkeys(("a.x", "a.xy", "a.cdcctl_signal", "b.x", "A.X"), "InnoDB")
    assert chosen_tables(existing, Wishes()) == ["A.X", "a.x", "a.xy", "b.x"]
    assert chosen_tables(existing, Wishes(databases=["a"])) == ["a.x", "a.xy"]
    assert chosen_tables(existing, Wishes(tables=["*.x"], excluded=["b.*"])) == ["a.x"]
    with pytest.raises(InputError) as caught:
        chosen_tables(existing, Wishes(databases=["aa"], tables=["a.x"]))
    assert "aa.*" in caught.value.message
    with pytest.raises(InputError):
        chosen_tables(existing, Wishes(databases=["a"], excluded=["*"]))


def test_tables_that_cannot_be_captured_are_left_out() -> None:
    kept, left_out = capturable(["A.X", "a.x", "a.odd name", "a.b.c", "a.y$", "a.y_"])
    assert kept == ["A.X", "a.y$"]
    assert set(left_out) == {"a.x", "a.odd name", "a.b.c", "a.y_"}
    with pytest.raises(InputError) as caught:
        capturable(["a.b.c"])
    assert list(caught.value.details) == ["a.b.c: a name with a dot, a comma or a space cannot be captured"]


def test_names() -> None:
    assert name_of("Sample_Database") == "sample-database"
    assert name_of("1st") == "p-1st"
    assert name_of("ünï") == "n"
    assert len(name_of("a" * 90)) == 63
    assert keys_of(["a.b=c, d"]) == {"a.b": ["c", "d"]}
    for wrong in ("a.b", "a.b=", "=c", "a.b=c,,d"):
        with pytest.raises(UsageError):
            keys_of([wrong])


def test_a_key_for_a_table_that_is_not_captured() -> None:
    with pytest.raises(CdcctlError, match=r"shop\.other"):
        begin(facts(ORDERS), PLACE, keys={"shop.other": ["a"]})


@pytest.fixture
def call(tmp_path, monkeypatch):
    """The command, called in this process in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(URL_VARIABLE, raising=False)

    def run(*arguments: str):
        result = CliRunner().invoke(app, ["init", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


WHOLE = (
    *("--table", "shop.orders", "--host", "db.example", "--warehouse", "s3://lake/w", "--bootstrap-servers", "b:9098"),
    *("--subnet", "subnet-1", "--security-group", "sg-1", "--role-arn", "arn:aws:iam::123456789012:role/r"),
    *("--plugin-bucket", "plugins", "--secrets-provider", "provider.zip"),
)


def test_from_the_command_line_alone(call, tmp_path) -> None:
    done = call(*WHOLE, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["missing"] == {}
    assert document["lint"]["findings"] == []
    assert YAML(typ="safe").load(document["text"]) == document["pipeline"]
    assert (tmp_path / "pipeline.yaml").read_text() == document["text"]
    for command in (["render", "-f", "pipeline.yaml", "--region", "us-east-1"], ["lint", "pipeline.yaml"]):
        assert CliRunner().invoke(app, command).exit_code == 0


@pytest.mark.parametrize("sink", ["confluent-s3", "aiven-s3"])
def test_every_sink(call, sink: str) -> None:
    done = call("--table", "shop.orders", "--sink", sink, "--bucket", "lake", "--secret", "s", "--out", "p.yaml")
    assert done.exit_code == 0, done.stderr
    assert "missing: connect.role_arn" in done.stdout
    assert "missing: sink" not in done.stdout
    assert CliRunner().invoke(app, ["lint", "p.yaml"]).exit_code == 0
    assert YAML(typ="safe").load(Path("p.yaml").read_text())["source"]["credentials"] == {"secret": "s"}


def test_a_database_whose_name_glue_refuses_gets_another_one_there(call) -> None:
    tables = ("--table", "My-Shop.orders", "--table", "My-Shop.lines")
    done = call(*tables, *WHOLE[2:], "--out", "p.yaml")
    assert done.exit_code == 0, done.stderr
    text = Path("p.yaml").read_text()
    assert "# CDC138: MySQL's has a name that the Glue catalog refuses\n  database: my_shop\n" in text
    # In databases of their own they would collide, or not: nothing is decided.
    assert call(*tables, "--table", "b.orders", *WHOLE[2:], "--out", "q.yaml").exit_code == 1
    assert "database:" not in Path("q.yaml").read_text()


def test_what_exists_is_left_alone(call, tmp_path) -> None:
    (tmp_path / "pipeline.yaml").write_text("mine\n")
    refused = call(*WHOLE)
    assert refused.exit_code == 2
    assert "pipeline.yaml exists" in refused.stderr
    assert (tmp_path / "pipeline.yaml").read_text() == "mine\n"
    assert call(*WHOLE, "--force").exit_code == 0
    assert (tmp_path / "pipeline.yaml").read_text() != "mine\n"


def test_stdout(call, tmp_path) -> None:
    done = call(*WHOLE, "--out", "-")
    assert done.exit_code == 0
    assert YAML(typ="safe").load(done.stdout)["name"] == "shop"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "no table is named"),
        (["--database", "shop"], 2, "which tables shop means only a server can tell"),
        (["--table", "shop.*"], 2, "which tables shop.* means only a server can tell"),
        (["--table", "orders"], 3, "'orders' is not database.table"),
        (["--table", "shop.orders", "--name", "Bad Name"], 3, "  name: must be small letters"),
        (["--table", "shop.orders", "--compatibility", "UPWARD"], 3, "registries.compatibility"),
        (["--table", "shop.orders", "--secret", "a", "--ssm", "b"], 2, "exclude each other"),
        (["--mysql-url", "mysql://root:hush@db/"], 2, "holds a password"),
        (["--mysql-url", "mysql://root@127.0.0.1:1/"], 4, "MySQL at 127.0.0.1:1"),
        (["--mysql-url", "mysql://root@db/", "--local"], 2, "exclude each other"),
        (["--table", "shop.orders", "--json", "--out", "-"], 2, "exclude each other"),
        (["--table", "shop.orders", "--out", "nowhere.yaml/p.yaml"], 3, "cannot be written"),
    ],
)
def test_refusals(call, tmp_path, arguments: list[str], code: int, said: str) -> None:
    (tmp_path / "nowhere.yaml").write_text("")
    done = call(*arguments)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert "hush" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["nowhere.yaml"]
