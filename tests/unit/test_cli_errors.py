"""Every kind of bad input gives one clear error and the documented exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command import COMMAND

from cdcctl.cli.app import app

PIPELINE = """\
name: shop
topic_prefix: shop
source:
  host: db.example.com
  credentials: {secret: shop/mysql}
  tables: [shop.orders]
registries: {keys: shop-keys, values: shop-values}
sink: {type: iceberg, warehouse: s3://lake/warehouse}
kafka:
  bootstrap_servers: broker.example.com:9098
  subnets: [subnet-1]
connect:
  role_arn: arn:aws:iam::123456789012:role/connect
  plugin_bucket: plugins
"""
USAGE, INPUT, REMOTE, LOCAL, NO_READER = 2, 3, 4, 5, 141


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    return tmp_path


@pytest.fixture
def run(cdcctl, here):
    """The command in an empty folder with a pipeline.yaml, with no AWS settings, no stack and an empty cache."""
    environment = {
        **{name: "" for name in os.environ if name.startswith(("AWS_", "CDCCTL_")) and name != "AWS_CA_BUNDLE"},
        "HOME": str(here),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDCCTL_STATE_DIR": str(here / "state"),
        "CDCCTL_CACHE_DIR": str(here / "cache"),
    }
    return lambda *arguments, **env: cdcctl(*arguments, env={**environment, **env}, cwd=here, timeout=60)


def assert_error(done, code: int, *said: str) -> None:
    """One error with its exit code: nothing on stdout, no traceback."""
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    for text in said:
        assert text in done.stderr
    if code != USAGE or "Usage:" not in done.stderr:
        assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", ["not valid YAML", "pipeline.yaml:"]),
        ("", ["pipeline.yaml is empty"]),
        ("- a list", ["expected a mapping"]),
        ("name: a\nname: b\n", ["not valid YAML"]),
        (PIPELINE.replace("secret:", "sekret:"), ["unknown key; did you mean 'secret'?", "pipeline.yaml:5:"]),
        (PIPELINE + "colour: red\n", ["colour: unknown key; known here: name, topic_prefix"]),
        (PIPELINE.replace("name: shop\n", ""), ["name: is missing"]),
        (PIPELINE.replace("shop-values", "shop-keys"), ["keys and values name the same registry"]),
        (PIPELINE.replace("[shop.orders]", "[orders]"), ["'orders' is not database.table"]),
        (PIPELINE.replace("[shop.orders]", "[a.b, a.b]"), ["a.b is listed twice"]),
        (PIPELINE.replace("broker.example.com:9098", "broker"), ["is not host:port"]),
        (PIPELINE.replace("type: iceberg,", "type: parquet,"), ["sink.type"]),
        (PIPELINE + "worker: {properties: {ssl.key.password: hush}}\n", ["in plain text"]),
        (
            PIPELINE.replace("name: shop\n", "name: 7\n").replace("[subnet-1]", "5"),
            ["2 problems", "name:", "kafka.subnets"],
        ),
    ],
)
def test_a_bad_pipeline_file(run, here, text, said):
    (here / "pipeline.yaml").write_text(text)
    done = run("render", "-f", "pipeline.yaml", "--region", "us-east-1")
    assert_error(done, INPUT, "hint: ", *said)
    assert "hush" not in done.stderr


@pytest.mark.parametrize("command", ["render", "deploy"])
def test_no_such_file(run, command):
    assert_error(run(command, "-f", "missing.yaml", "--region", "us-east-1"), INPUT, "missing.yaml: no such file")


def test_a_folder_instead_of_a_file(run):
    assert_error(run("render", "-f", ".", "--region", "us-east-1"), INPUT, "cannot be read")


def test_a_file_that_is_not_text(run, here):
    (here / "pipeline.yaml").write_bytes(b"\xff\xfe\x00name")
    assert_error(run("render", "-f", "pipeline.yaml", "--region", "us-east-1"), INPUT, "cannot be read")


@pytest.mark.parametrize("command", [["render"], ["deploy", "--yes"]])
def test_no_stack_is_up(run, command):
    done = run(*command, "-f", "pipeline.yaml", "--local")
    assert_error(done, LOCAL, "no local stack is running", "cdcctl local up")


def test_local_and_a_region_exclude_each_other(run):
    done = run("render", "-f", "pipeline.yaml", "--local", "--region", "us-east-1")
    assert_error(done, USAGE, "--local", "--region")


def test_no_region(run):
    assert_error(run("render", "-f", "pipeline.yaml"), USAGE, "no AWS region is configured")


def test_no_such_profile(run):
    done = run("deploy", "-f", "pipeline.yaml", "--profile", "nobody")
    assert_error(done, USAGE, "nobody", "hint: ")


@pytest.mark.parametrize("region", ["not a region", "us east", "http://x/"])
def test_no_such_region(run, region):
    assert_error(run("deploy", "-f", "pipeline.yaml", "--yes", "--region", region), USAGE, region)


def test_no_secrets_provider(run):
    done = run("deploy", "-f", "pipeline.yaml", "--region", "us-east-1")
    assert_error(done, INPUT, "connect.secrets_provider: is missing")


@pytest.mark.parametrize("out", ["pipeline.yaml", "pipeline.yaml/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written(run, out):
    done = run("render", "-f", "pipeline.yaml", "--region", "us-east-1", "--out", out)
    assert_error(done, INPUT, f"cannot write to {out}")


@pytest.mark.parametrize("command", [["local", "up"], ["verify", "movies"]])
def test_no_such_mysql_provider(run, command):
    done = run(*command, "--mysql", "oracle")
    assert_error(done, USAGE, "there is no MySQL provider 'oracle'", "url, path, docker, debian")


def test_a_mysql_server_that_does_not_answer(run):
    done = run("local", "up", "--mysql-url", "mysql://root@127.0.0.1:1/", CDCCTL_MYSQL_PASSWORD="x")
    assert_error(done, REMOTE, "127.0.0.1:1")


@pytest.mark.parametrize("url", ["127.0.0.1", "postgres://u@h/", "mysql://:3306"])
def test_a_mysql_url_that_is_none(run, url):
    done = run("local", "up", "--mysql-url", url)
    assert done.returncode in {USAGE, INPUT}
    assert_error(done, done.returncode, "hint: ")


@pytest.mark.parametrize("command", [["local", "up"], ["local", "status"], ["local", "down"], ["verify", "movies"]])
def test_a_state_folder_that_cannot_be(run, command):
    """A file is in the way."""
    done = run(*command, "--state", "pipeline.yaml/below")
    assert done.returncode in {INPUT, LOCAL}
    assert_error(done, done.returncode, "pipeline.yaml")


def test_a_state_file_that_cannot_be_read(run, here):
    (here / "state").mkdir()
    (here / "state" / "stack.json").write_text("{")
    assert_error(run("local", "status"), LOCAL, "stack.json cannot be read", "cdcctl local down")
    assert run("local", "down").returncode == 0
    assert run("local", "status").returncode == 1


def test_no_logs(run):
    assert_error(run("local", "logs"), INPUT, "there are no logs")
    assert_error(run("local", "logs", "kafka"), INPUT, "no log named 'kafka'")


def test_no_such_scenario(run):
    done = run("verify", "nothing-of-the-kind")
    assert_error(done, INPUT, "nothing-of-the-kind")


def test_no_scenario_named(run):
    assert_error(run("verify"), USAGE, "no scenario named")


def test_no_such_plugin(run):
    assert_error(run("plugin", "fetch", "oracle"), INPUT, "oracle")
    assert_error(run("plugin", "build", "oracle"), INPUT, "oracle")


def test_offline_with_an_empty_cache(run):
    assert_error(run("plugin", "fetch", "--offline"), LOCAL, "hint: ")


def test_a_cache_that_cannot_be_written(run):
    done = run("plugin", "fetch", "kafka", CDCCTL_CACHE_DIR="pipeline.yaml/below")
    assert_error(done, LOCAL, "pipeline.yaml", "CDCCTL_CACHE_DIR")


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["render"], ["render", "--nothing"], ["local", "logs", "--lines", "x"]]
)
def test_a_command_line_that_makes_no_sense(run, arguments):
    assert_error(run(*arguments), USAGE)


def loaded_by(*arguments: str) -> tuple[set[str], str]:
    """The modules that a command has loaded in a Python of its own, and what it printed."""
    code = (
        f"import sys\nfrom cdcctl.cli.app import main\nsys.argv = {['cdcctl', *arguments]}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split()), done.stdout


def test_help_imports_nothing_heavy():
    modules, said = loaded_by("--help")
    heavy = {"boto3", "botocore", "confluent_kafka", "jgo", "moto", "pyarrow", "pydantic", "pyiceberg", "pymysql"}
    assert not heavy & modules
    assert "Usage" in said


def test_a_command_imports_no_other():
    modules, said = loaded_by("lint", "--help")
    assert {name for name in modules if name.startswith("cdcctl.")} == {
        *("cdcctl.cli", "cdcctl.cli.app", "cdcctl.cli.lint", "cdcctl.cli.options", "cdcctl.errors")
    }
    assert "--fail-on" in said


@pytest.mark.parametrize(
    "command",
    [
        ["lint", "-f", "pipeline.yaml", "--tables"],
        ["lint", "-f"],
        ["lint"],
        ["import"],
        ["evolve", "check"],
        ["evolve", "check", "pipeline.yaml", "--tables"],
        ["bootstrap", "parameters", "--template"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("file", ["missing", "folder", "latin-1"])
def test_a_file_that_cannot_be_read(run, here, command, file):
    (here / "folder").mkdir()
    (here / "latin-1").write_bytes(b"\xe4")
    done = run(*command, file)
    assert_error(done, INPUT, file, "hint: ")
    assert "[Errno" not in done.stderr


RENDER = ("render", "-f", "pipeline.yaml", "--region", "us-east-1")


def test_differences_have_an_exit_code_of_their_own(run, here):
    assert run(*RENDER, "--out", "out").returncode == 0
    equal = run(*RENDER, "--diff", "out")
    assert (equal.returncode, equal.stdout) == (0, "")
    (here / "more.yaml").write_text("source: {server_id: 7}\n")
    other = run(*RENDER, "-f", "more.yaml", "--diff", "out")
    assert other.returncode == 1, other.stderr
    assert "-database.server.id = 5400\n+database.server.id = 7\n" in other.stdout
    as_json = json.loads(run(*RENDER, "-f", "more.yaml", "--diff", "out", "--json").stdout)
    assert as_json["differences"] == [{"file": "source.json", "key": "database.server.id", "old": "5400", "new": "7"}]


def test_render_does_one_thing_at_a_time(run):
    assert_error(run(*RENDER, "--diff", "out", "--out", "out"), USAGE, "exclude each other", "hint: ")
    assert_error(run(*RENDER, "--diff", "nothing"), INPUT, "nothing", "hint: ")


def test_a_jar_that_is_none(run, here):
    (here / "table.sql").write_text("CREATE TABLE shop.orders (id INT PRIMARY KEY)")
    check = ("evolve", "check", "table.sql", "--with")
    assert_error(run(*check, "missing.jar"), INPUT, "missing.jar: no such file", "hint: name a jar")
    assert_error(run(*check, "table.sql"), INPUT, "table.sql is no jar", "hint: name a jar")
    assert_error(run(*check, "."), INPUT, ". is no jar", "hint: name a jar")


def test_each_place_of_a_problem_is_named_once(run):
    done = run("evolve", "check", "--debezium", "2.7..x")
    assert_error(done, INPUT, "error: 1 problem in defaults, --debezium\n")


def test_variables(run, here):
    (here / "more.yaml").write_text("source: {host: '${var.HOST}'}\n")
    more = (*RENDER, "-f", "more.yaml")
    assert_error(run(*more), INPUT, "more.yaml:1:10: source.host: there is no variable 'HOST'", "CDCCTL_VAR_HOST")
    assert_error(run(*more, "--var", "HOST"), USAGE, "--var takes NAME=value")
    assert '"database.hostname": "h1"' in run(*more, "--var", "HOST=h1", CDCCTL_VAR_HOST="h2").stdout
    assert '"database.hostname": "h2"' in run(*more, CDCCTL_VAR_HOST="h2").stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["explain"], ["lint", "--help"]])
def test_nobody_reads_what_is_printed(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [COMMAND, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (NO_READER, "")


NO_ROOM = "error: what is printed, or a file, cannot be written: No space left on device\nhint: make room"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["explain"], ["lint", "--help"]])
def test_what_is_printed_finds_no_room(arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.stderr.startswith(NO_ROOM)
    assert done.returncode == LOCAL


def test_another_file_finds_no_room():
    code = (
        "import sys\nfrom cdcctl import codes\nfrom cdcctl.cli.app import main\n"
        "def write():\n    open('/dev/full', 'w', buffering=1).write('line\\n')\n"
        "codes.all_codes = write\nsys.argv = ['cdcctl', 'explain']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert_error(done, LOCAL, NO_ROOM)


def test_a_connection_that_is_gone_is_told():
    """It does not end the command by a signal, without a word."""
    code = (
        "import socket, sys\nfrom cdcctl import codes, errors\nfrom cdcctl.cli.app import main\n"
        "here, there = socket.socketpair()\nthere.close()\n"
        "def ask():\n"
        "    try:\n        here.sendall(b'question')\n"
        "    except OSError as error:\n        raise errors.RemoteError(f'nobody there: {error.strerror}')\n"
        "codes.all_codes = ask\nsys.argv = ['cdcctl', 'explain']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert_error(done, REMOTE, "error: nobody there: Broken pipe")


def test_no_command_has_an_option_twice() -> None:
    found = list(_options(typer.main.get_command(app), ()))
    assert len(found) > 300
    assert [each for each, count in Counter(found).items() if count > 1] == []


def _options(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for option in command.params:
        if option.param_type_name == "option":
            yield from ((path, name) for name in (*option.opts, *option.secondary_opts))
    for name, each in getattr(command, "commands", {}).items():
        yield from _options(each, (*path, name))
