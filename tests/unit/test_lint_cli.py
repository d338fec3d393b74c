"""cdcctl lint and cdcctl explain as a user calls them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import official_sarif
import pytest
from lint_cases import base
from typer.testing import CliRunner

from cdcctl.cli.app import app
from cdcctl.codes import all_codes

ARTICLE = Path(__file__).parent / "lint_inputs" / "article"
PIPELINE = """\
name: shop
topic_prefix: db1
source: {tables: [shop.orders]}
registries: {keys: shop-keys, values: shop-values}
sink: {type: iceberg}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for path in ARTICLE.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    return tmp_path


@dataclass(frozen=True)
class Done:
    """What a call came to."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(here, monkeypatch):
    """The command, called in this process, in a folder with the article's files and a pipeline without fault."""
    monkeypatch.chdir(here)

    def call(*arguments: str) -> Done:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return call


def test_the_installed_command(cdcctl, here) -> None:
    done = cdcctl("lint", "-f", "pipeline.yaml", cwd=here, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing found\n", "")


def test_text(run) -> None:
    done = run("lint", "source.json", "sink.json")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "sink.json:10: warning CDC156: small files\n    flush.size is 10\n    cure: Set flush.size" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 error, 5 warnings, 6 notes; 7 fixable with --fix"


def test_nothing_found(run) -> None:
    done = run("lint", "-f", "pipeline.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing found\n", "")


def test_json_says_the_same(run) -> None:
    for flags in (["--json"], ["--format", "json"]):
        document = json.loads(run("lint", *flags, "source.json", "sink.json").stdout)
        assert document["summary"] == {"errors": 1, "warnings": 5, "notes": 6, "fixable": 7, "suppressed": 0}
        (finding,) = [each for each in document["findings"] if each["code"] == "CDC156"]
        assert (finding["file"], finding["line"], finding["key"]) == ("sink.json", 10, "flush.size")
        assert finding["why"]
        assert finding["source"]
        assert finding["cure"]
        assert finding["fixable"]


@pytest.mark.parametrize(
    "arguments", [["source.json", "sink.json"], ["-f", "pipeline.yaml"], ["suppressed.properties"]], ids=" ".join
)
def test_sarif_is_valid(run, here, arguments) -> None:
    (here / "suppressed.properties").write_text(
        "# cdcctl: ignore CDC194 because of a reason\nlog4j.x=y\nkey.converter=a\nvalue.converter=b\n"
    )
    log = json.loads(run("lint", "--format", "sarif", *arguments).stdout)
    jsonschema.Draft7Validator(official_sarif.schema()).validate(log)
    (one,) = log["runs"]
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in one["results"])
    if "suppressed.properties" in arguments:
        (aside,) = [result for result in one["results"] if "suppressions" in result]
        assert aside["suppressions"] == [{"kind": "inSource", "justification": "of a reason"}]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "error"], 1),
        (["--fail-on", "error", "--ignore", "CDC151"], 0),
        (["--select", "CDC229"], 0),
        (["--select", "CDC229", "--fail-on", "note"], 1),
        (["--select", "CDC2,CDC1", "--ignore", "CDC15", "--ignore", "CDC20,CDC24,CDC22", "--fail-on", "warning"], 0),
    ],
    ids=str,
)
def test_what_counts(run, arguments, code) -> None:
    assert run("lint", "source.json", "sink.json", *arguments).returncode == code


def test_select_shows_only_what_it_selects(run) -> None:
    found = json.loads(run("lint", "--json", "source.json", "--select", "CDC06").stdout)["findings"]
    assert {each["code"] for each in found} == {"CDC064"}


def test_fix(run, here) -> None:
    done = run("lint", "--fix", "source.json", "sink.json")
    assert done.returncode == 1
    assert "sink.json: CDC156 fixed: flush.size = 50000 (was 10)\n" in done.stdout
    assert json.loads((here / "sink.json").read_text())["timezone"] == "UTC"
    assert "6 fixed" in done.stdout
    assert "6 fixed" not in run("lint", "--fix", "source.json", "sink.json").stdout


def test_fix_shows_no_secret(run, here) -> None:
    config = {**base()["aiven"], "aws_access_key_id": "id", "aws_secret_access_key": "hush"}
    (here / "aiven.json").write_text(json.dumps(config, indent=1))
    done = run("lint", "--fix", "aiven.json")
    assert "aws_secret_access_key is now aws.secret.access.key" in done.stdout
    assert "hush" not in done.stdout + done.stderr
    assert json.loads((here / "aiven.json").read_text())["aws.secret.access.key"] == "hush"


def test_tables(run, here) -> None:
    (here / "dump.sql").write_text(
        "-- MySQL dump\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`;\nUSE `shop`;\n"
        "CREATE TABLE `orders` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `n` bigint unsigned "
        "DEFAULT '7' COMMENT 'a ''b''',\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n"
    )
    found = json.loads(run("lint", "-f", "pipeline.yaml", "--tables", "dump.sql", "--json").stdout)["findings"]
    assert {(each["code"], each["line"]) for each in found} == {("CDC270", 3), ("CDC271", 3)}


def test_debezium(run, here) -> None:
    (here / "source.json").write_text(json.dumps({**base()["source"], "ddl.parser.type": "legacy"}))
    assert run("lint", "source.json").returncode == 0
    assert "CDC003" in run("lint", "--debezium", "3.0.8.Final", "source.json").stdout


def test_variables(run, here) -> None:
    (here / "pipeline.yaml").write_text(PIPELINE.replace("topic_prefix: db1", "topic_prefix: ${var.PREFIX}"))
    assert run("lint", "pipeline.yaml").returncode == 3
    assert run("lint", "pipeline.yaml", "--var", "PREFIX=db1").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lint"], 2, "nothing to judge"),
        (["lint", "pipeline.yaml", "--select", "CDC999"], 2, "no code begins with 'CDC999'"),
        (["lint", "pipeline.yaml", "--ignore", "XYZ"], 2, "no code begins with 'XYZ'"),
        (["lint", "pipeline.yaml", "--debezium", "0.9"], 2, "no version of Debezium"),
        (["lint", "pipeline.yaml", "--debezium", "x"], 2, "no version of Debezium"),
        (["lint", "pipeline.yaml", "--json", "--format", "sarif"], 2, "exclude each other"),
        (["lint", "missing.json"], 3, "missing.json: no such file"),
        (["lint", "-f", "missing.yaml"], 3, "missing.yaml: no such file"),
        (["lint", "."], 3, "cannot be read"),
        (["lint", "broken.json"], 3, "broken.json:1:2: not valid JSON"),
        (["lint", "other.properties"], 3, "no configuration of a connector or a worker"),
        (["lint", "pipeline.yaml", "--tables", "pipeline.yaml"], 3, "no CREATE TABLE as MySQL prints it"),
        (["lint", "pipeline.yaml", "--tables", "missing.sql"], 3, "cannot be read"),
        (["lint", "pipeline.yaml", "--plugin", "pipeline.yaml"], 3, "pipeline.yaml"),
        (["explain", "CDC999"], 3, "there is no code 'CDC999'"),
        (["explain", "nul-became-default"], 3, "did you mean VER021?"),
    ],
    ids=str,
)
def test_what_makes_no_sense(run, here, arguments, code, said) -> None:
    (here / "broken.json").write_text("{")
    (here / "other.properties").write_text("a=b\n")
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_file_that_cannot_be_written(run, here) -> None:
    (here / "locked").mkdir()
    shutil.copy(here / "sink.json", here / "locked")
    before = (here / "locked" / "sink.json").read_bytes()
    (here / "locked" / ".sink.json.new").mkdir()
    done = run("lint", "--fix", "locked/sink.json")
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert (here / "locked" / "sink.json").read_bytes() == before


def test_explain(run) -> None:
    done = run("explain", "cdc156", "value-different")
    assert done.returncode == 0
    assert "CDC156 (warning): small files" in done.stdout
    assert "VER004 (difference): values that are different in Parquet" in done.stdout
    assert "Source: measured." in done.stdout
    assert "Cure: " in done.stdout


def test_explain_lists_every_code(run) -> None:
    lines = run("explain").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [code.code for code in all_codes()]
    document = json.loads(run("explain", "--json").stdout)
    assert [each["code"] for each in document] == [code.code for code in all_codes()]


def test_codes_are_unique() -> None:
    codes = [code.code for code in all_codes()]
    assert len(codes) == len(set(codes))
