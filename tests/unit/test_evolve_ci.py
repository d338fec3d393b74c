"""The pre-commit hook and the reusable workflow do what they say: their own command lines, run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import COMMAND

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/evolve-check.yml").read_text(encoding="utf-8"))
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "schema.sql").write_text("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL);\n")
    (tmp_path / "my migrations").mkdir()
    (tmp_path / "my migrations" / "1.sql").write_text("ALTER TABLE t ADD b INT;\n")
    (tmp_path / "2.sql").write_text("ALTER TABLE t DROP COLUMN a;\n")
    return tmp_path


def run(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path, **env}, capture_output=True, text=True, check=False
    )


def test_the_hook_runs_on_the_files_that_it_is_given(repository: Path) -> None:
    entry = [*shlex.split(HOOK["entry"]), "--tables", "schema.sql", "--database", "d"]
    good = run(repository, *entry, "my migrations/1.sql")
    assert good.returncode == 0, good.stderr
    bad = run(repository, *entry, "my migrations/1.sql", "2.sql")
    assert bad.returncode == 1
    assert "EVO010" in bad.stdout


def test_the_hook_installs_what_the_extra_does() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (extra,) = re.findall(r"^evolve = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert sorted(HOOK["additional_dependencies"]) == sorted(re.findall(r'"(.*?)"', extra))


def step() -> dict[str, Any]:
    (found,) = (each for each in WORKFLOW["jobs"]["check"]["steps"] if each.get("name") == "Check")
    return dict(found)


def checked(folder: Path, migrations: str) -> subprocess.CompletedProcess[str]:
    given = {"MIGRATIONS": migrations, "TABLES": "schema.sql", "DATABASE": "d", "FAIL_ON": "error"}
    names = [name for name in WORKFLOW["jobs"]["check"]["env"] if name not in ("CDCCTL_CACHE_DIR",)]
    env = {name: given.get(name, "") for name in names} | {"CDCCTL_KEEP_WARM": "0.1"}
    return run(folder, "bash", "-eo", "pipefail", "-c", step()["run"], **env)


def test_the_workflow_annotates_and_fails(repository: Path) -> None:
    done = checked(repository, "2.sql")
    assert done.returncode == 1, done.stderr
    assert "::error file=2.sql,line=1,title=EVO010" in done.stdout
    assert (repository / "evolve.html").stat().st_size > 1000
    assert (repository / "evolve.sarif").exists()


def test_no_input_of_the_workflow_is_part_of_a_script() -> None:
    assert "${{" not in step()["run"]
