"""What a connector consists of, whatever its version: ``connectors/<name>/recipe.yaml``.

A recipe at a version is resolved into a lock (:mod:`cdcctl.plugins.resolve`): with the versions that ship by
``scripts/refresh-locks``, with any other one by ``cdcctl plugin fetch NAME@VERSION``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.documents import read_document
from cdcctl.errors import InputError
from cdcctl.resources import data_folder

RECIPE_FILE = "recipe.yaml"
_VERSION = "{version}"


@dataclass(frozen=True)
class Recipe:
    """What goes into the locks of one connector.

    :ivar versions: those that ship; the first one is meant by a name without a version.
    :ivar roots: ``group:artifact:version[:classifier][:type]``, ``{version}`` standing for the connector's version.
    :ivar transitive: whether all that the roots need at run time goes in too.
    :ivar drop: see :class:`cdcctl.plugins.lock.Lock`, as for ``last``.
    """

    name: str
    description: str
    license: str
    versions: tuple[str, ...]
    roots: tuple[str, ...]
    transitive: bool = True
    drop: tuple[str, ...] = ()
    last: bool = False

    def roots_at(self, version: str) -> tuple[str, ...]:
        """The roots with the connector's version filled in."""
        return tuple(root.replace(_VERSION, version) for root in self.roots)


def recipe_names() -> list[str]:
    """The names of all connectors that cdcctl ships, sorted."""
    return sorted(path.parent.name for path in data_folder("connectors").glob(f"*/{RECIPE_FILE}"))


def load_recipe(name: str) -> Recipe:
    """Read the recipe ``name``.

    :raises InputError: there is no such connector; the message names the nearest ones.
    """
    known = recipe_names()
    if name not in known:
        raise InputError(f"there is no connector {name!r}", hint=_suggestion(name, known))
    return _parse(name, read_document(connector_folder(name) / RECIPE_FILE).data)


def connector_folder(name: str) -> Path:
    """The folder of a connector that ships: its recipe, its locks and its README."""
    return data_folder("connectors") / name


def _parse(name: str, data: Mapping[str, Any]) -> Recipe:
    return Recipe(
        name=name,
        description=data["description"],
        license=data["license"],
        versions=tuple(data["versions"]),
        roots=tuple(data["roots"]),
        transitive=data.get("transitive", True),
        drop=tuple(sorted(data.get("drop", ()))),
        last=data.get("last", False),
    )


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(known)}"
