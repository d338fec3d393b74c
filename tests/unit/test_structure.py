"""Imports point one way, inside functions too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cdcctl

PACKAGE = Path(cdcctl.__file__).parent
# Part → the parts it may import.
BASE = {"errors", "resources", "sarif", "secrets", "documents", "whole_file", "connector_files", "pages", "pipeline"}
MIDDLE = {"aws", "jvm", "kafka", "mysql", "plugins", "render", "schema", "sql"}
ALLOWED = {
    "__init__": set(),
    "errors": set(),
    "resources": {"errors"},
    "sarif": {"__init__"},
    "pages": {"errors"},
    "whole_file": {"errors"},
    "secrets": set(),
    "documents": {"errors", "secrets"},
    "connector_files": {"errors", "documents"},
    "pipeline": {"errors", "resources", "secrets", "documents"},
    "aws": BASE,
    "kafka": BASE | {"mysql"},
    "mysql": BASE,
    "render": BASE,
    "sql": BASE,
    "plugins": BASE,
    "lint": BASE | MIDDLE | {"__init__"},
    "importing": BASE | MIDDLE | {"lint"},
    "bootstrap": BASE | MIDDLE,
    "jvm": BASE | {"plugins"},
    "schema": BASE | {"__init__", "plugins", "jvm", "sql"},
    "deploy": BASE | MIDDLE | {"__init__"},
    "dlq": BASE | MIDDLE | {"decode", "deploy"},
    "doctor": BASE | MIDDLE,
    "init": BASE | MIDDLE | {"doctor", "lint"},
    "operate": BASE | MIDDLE | {"deploy", "doctor"},
    "local": BASE | MIDDLE,
    "validation": BASE | MIDDLE,
    "evolve": BASE | MIDDLE | {"deploy"},
    "decode": BASE | MIDDLE,
    "registry": BASE | MIDDLE | {"__init__", "deploy", "evolve"},
    "verify": BASE | MIDDLE | {"decode", "deploy", "dlq", "local"},
    "runbook": BASE | MIDDLE | {"__init__", "deploy", "evolve", "registry", "verify"},
    "codes": BASE | {"evolve", "lint", "verify"},
    "testing": {"local"},
}
SOURCES = sorted(PACKAGE.rglob("*.py"))
PARTS = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in SOURCES}
ALLOWED["cli"] = PARTS - {"testing"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """Line and part of every import of ours."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the whole name of the module"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            if top == "cdcctl":
                part = rest.partition(".")[0]
                yield node.lineno, part if part in PARTS else "__init__"


def test_every_part_has_a_place_in_the_order():
    assert set(ALLOWED) >= PARTS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = part_of(path)
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {own} may not import {part}"
        for line, part in imported_parts(path)
        if part not in {own, *ALLOWED[own]}
    ]
    assert wrong == []


def test_the_table_of_what_to_open_names_what_is_there() -> None:
    root = PACKAGE.parent
    [table] = re.findall(r"\| new \|.*", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    named = re.findall(r"`([^`]+)`", table)
    assert len(named) > 20
    assert [each for each in named if not (root / each).exists()] == []
