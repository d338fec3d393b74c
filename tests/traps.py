"""``integration/traps.yaml``: each trap as a scenario of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cdcctl.documents import merge
from cdcctl.resources import data_folder

FILE = data_folder("integration") / "traps.yaml"


def document() -> dict[str, Any]:
    """The file, whole."""
    return YAML(typ="safe").load(FILE.read_text())


def traps() -> dict[str, dict[str, Any]]:
    """Code → pipeline, SQL and expectations, with the trap's own names."""
    whole = document()
    found = {}
    for code, trap in whole["traps"].items():
        pipeline: dict[str, Any] = {}
        merge(pipeline, whole["base"])
        merge(pipeline, trap.get("pipeline", {}))
        found[code] = _named({"pipeline": pipeline, "sql": trap["sql"], "expect": trap["expect"]}, code.lower())
    return found


def write(code: str, trap: dict[str, Any], folder: Path) -> Path:
    """A trap as the folder of a scenario."""
    own = folder / code
    own.mkdir(parents=True)
    name = code.lower()
    steps: list[Any] = []
    for number, text in enumerate(trap["sql"], 1):
        file = f"{number}.sql"
        begin = f"CREATE DATABASE IF NOT EXISTS `{name}`;\n" if number == 1 else ""
        (own / file).write_text(f"{begin}USE `{name}`;\n{text}")
        steps += [{"sql": file}, *(["deploy"] if number == 1 else []), "drain"]
    yaml = YAML()
    yaml.dump(trap["pipeline"], own / "pipeline.yaml")
    yaml.dump({"description": f"the trap of {code}", "steps": steps, "expect": trap["expect"]}, own / "scenario.yaml")
    return own


def _named(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _named(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, name) for each in value]
    return value.replace("NAME", name) if isinstance(value, str) else value
