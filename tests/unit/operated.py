"""Pipelines on the emulated AWS, deployed there, and the command acting on them as a user has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_place import PLACE, World
from click.testing import Result
from deploy_world import BASE, desired, pipeline
from ruamel.yaml import YAML
from typer.testing import CliRunner

from cdcctl.cli import options
from cdcctl.cli.app import app
from cdcctl.deploy import failures
from cdcctl.deploy.deployment import Options, bring_about
from cdcctl.documents import merge
from cdcctl.local.emulator import connector_life


class Account:
    """An account with pipelines in it; everything but deploy goes through the command line."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.target = world.target
        self._folder = folder

    def file(self, **overlay: Any) -> Path:
        """The pipeline file of :func:`deploy_world.pipeline`, something laid over it."""
        data: dict[str, Any] = {}
        for each in (BASE, PLACE, overlay):
            merge(data, each)
        path = self._folder / f"{data['name']}.yaml"
        YAML().dump(data, path)
        return path

    def deploy(self, source_zip: str = "one", **overlay: Any) -> None:
        """With plugins of no content."""
        wanted = desired(pipeline(**{**PLACE, **overlay}), source_zip=source_zip, sink_zip="one", folder=self._folder)
        bring_about(wanted, self.target, lambda _text: None, lambda _plan: None, Options())

    def run(self, *arguments: str | Path, code: int = 0) -> Result:
        """What the command prints, its exit code checked."""
        done = CliRunner().invoke(app, [str(each) for each in arguments])
        assert done.exit_code == code, done.stdout + done.stderr + repr(done.exception)
        return done

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """The document that the command prints."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def state(self, connector: str) -> str:
        found = self.target.msk_connect.find_connector(connector)
        return found.state if found else "gone"


def new_account(emulator_port: tuple[str, dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An empty one, whose services take no time."""
    monkeypatch.setattr(connector_life, "_VALIDATION_SECONDS", 0.01)
    monkeypatch.setattr(failures, "_LOG_SECONDS", 0)
    world = World(*emulator_port, folder / "store")
    monkeypatch.setattr(options, "resolve_target", lambda *_: world.target)
    return Account(world, folder)
