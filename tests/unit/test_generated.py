"""What is generated is current, and the README names nothing that does not exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import typer
from ruamel.yaml import YAML

from cdcctl import errors
from cdcctl.cli.app import app
from cdcctl.documents import Document
from cdcctl.local.emulator.faults import Kind
from cdcctl.pipeline import parse

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EMULATOR = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")


def command_lines(text):
    shell = "".join(re.findall(r"```sh\n(.+?)```", text, re.DOTALL))
    return re.findall(r"^cdcctl (.+?)(?:\s+#.*)?$", shell, re.MULTILINE)


COMMAND_LINES = command_lines(README)
(COMPOSE,) = re.findall(r"```yaml\n(.+?)```", EMULATOR, re.DOTALL)
COMPOSE_COMMAND = YAML(typ="safe").load(COMPOSE)["services"]["aws"]["command"].removeprefix("cdcctl ")


FILES = sorted([*ROOT.glob("integration/*/pipeline.yaml"), *ROOT.glob("tests/pipelines/*.yaml")])


@pytest.mark.parametrize("script", ["docs", "schemas", "pipeline-docs"])
def test_generated_files_are_current(script):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_schema_takes_the_pipelines_that_come_with_cdcctl(file):
    schema = json.loads((ROOT / "schemas" / "pipeline.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(YAML(typ="safe").load(file))


def test_the_pipeline_in_the_readme_is_one():
    (text,) = re.findall(r"```yaml\n(.+?)```", README, re.DOTALL)
    assert parse([Document("README.md", YAML(typ="safe").load(text))]).name == "movies"


@pytest.mark.parametrize("line", [*COMMAND_LINES, *command_lines(EMULATOR), COMPOSE_COMMAND])
def test_the_commands_in_the_documents_exist(line):
    command = typer.main.get_command(app)
    words = line.split()
    while commands := getattr(command, "commands", None):
        default = getattr(command, "default", None)
        name = words.pop(0) if words[0] in commands else default
        assert name, f"{line}: no such command"
        command = commands[name]
    known = {spelling for parameter in command.params for spelling in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_the_readme_shows_every_command():
    shown = {" ".join(line.split()[:2]) for line in COMMAND_LINES}
    for name, command in typer.main.get_command(app).commands.items():
        for below in set(getattr(command, "commands", {""})) - {getattr(command, "default", None)}:
            assert any(each.startswith(f"{name} {below}".strip()) for each in shown), f"{name} {below}"


def test_the_readme_lists_every_exit_code():
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == codes


def test_the_emulators_document_lists_every_fault():
    assert re.findall(r"^\| `([\w-]+)` \|", EMULATOR, re.MULTILINE) == [kind.value for kind in Kind]
