"""A pipeline of what was read: what the models do not take is left to raw properties, what is missing is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from cdcctl.documents import Steps, merge, problems
from cdcctl.errors import InputError
from cdcctl.importing.notes import Note
from cdcctl.pipeline import Pipeline
from cdcctl.pipeline.placeholders import PLACEHOLDER, RAW_PLACES
from cdcctl.pipeline.rules import contradictions
from cdcctl.render.selection import BUILT_IN
from cdcctl.render.settings import Found

# Path → what stands there until somebody writes what belongs there, and why nobody knows it here.
_MISSING: dict[tuple[str, ...], tuple[Any, str]] = {
    ("source", "host"): (f"{PLACEHOLDER}.invalid", "the server's name"),
    ("source", "credentials"): (
        {"secret": PLACEHOLDER},
        "the name of a secret in Secrets Manager with the keys username and password",
    ),
    ("kafka", "bootstrap_servers"): (f"{PLACEHOLDER}.invalid:9098", "the brokers, or cluster_arn instead"),
    ("kafka", "subnets"): ([f"subnet-{PLACEHOLDER}"], "where the connectors are to run"),
    ("connect", "role_arn"): (
        f"arn:aws:iam::000000000000:role/{PLACEHOLDER}",
        "the connectors' service execution role",
    ),
    ("connect", "plugin_bucket"): (PLACEHOLDER, "the bucket that takes the plugins"),
}
_OF_SINKS: dict[str, dict[str, tuple[Any, str]]] = {
    "iceberg": {"warehouse": (f"s3://{PLACEHOLDER}/warehouse", "where the tables are")},
    "confluent-s3": {"bucket": (PLACEHOLDER, "the bucket to write to")},
    "aiven-s3": {"bucket": (PLACEHOLDER, "the bucket to write to")},
}


@dataclass
class Draft:
    """A pipeline file in the making: values by path."""

    found: Found
    notes: list[Note] = field(default_factory=list)
    filled: set[tuple[str, ...]] = field(default_factory=set)

    def data(self) -> dict[str, Any]:
        """The values as a document."""
        document: dict[str, Any] = {}
        for path, value in sorted(self.found.items(), key=lambda item: len(item[0])):
            nested: Any = value
            for step in reversed(path):
                nested = {step: nested}
            merge(document, nested)
        return document

    def pipeline(self) -> Pipeline:
        """The pipeline, once everything that it cannot have is out of the way.

        :raises InputError: what remains contradicts itself.
        """
        while True:
            self._complete()
            wrong = self._problems()
            if isinstance(wrong, Pipeline):
                return wrong
            if not self._drop([path for path, _ in wrong]):
                told = [f"{'.'.join(map(str, path)) or 'pipeline'}: {message}" for path, message in wrong]
                raise InputError(
                    "what is given cannot be one pipeline",
                    hint="import the connectors one by one, or some of them",
                    details=told,
                )

    def _problems(self) -> Pipeline | list[tuple[Steps, str]]:
        try:
            pipeline = Pipeline.model_validate(self.data())
        except ValidationError as error:
            return problems(error, Pipeline)
        return contradictions(pipeline) or pipeline

    def _drop(self, paths: list[Steps]) -> bool:
        """Take out what is at, above or below these paths; whether there was anything."""
        wrong = [
            path
            for path in self.found
            for problem in paths
            if problem
            and (path[: len(problem)] == problem or problem[: len(path)] == path)
            # What a sink is cannot be taken out of it.
            and not (path[0] == "sinks" and path[-1] in ("type", "name") and len(path) == 3)
            and path not in self.filled
        ]
        for path in set(wrong):
            del self.found[path]
        return bool(wrong)

    def _complete(self) -> None:
        for path, (value, what) in _placeholders(self.found).items():
            if not any(each[: len(path)] == path for each in self.found):
                self._fill(path, value, what)
        name = self.found[("name",)]
        self.found.setdefault(("topic_prefix",), name)
        for key in ("keys", "values"):
            if ("registries", key) not in self.found:
                self._fill(("registries", key), f"{name}-{key}", f"the Glue registry of the {key}' schemas")
        if self.found[("registries", "keys")] == self.found[("registries", "values")]:
            both = self.found[("registries", "values")]
            self.found[("registries", "keys")] = f"{both}-keys"[-255:]
            why = f"keys and values share the registry {both}, which a pipeline's do not; raw properties keep it so"
            self.notes.append(Note("note", "pipeline", "registries.keys", why, f"{both}-keys"[-255:]))
        captured = ("tables", "databases", "tables_matching", "exclude_databases")
        if not any(("source", key) in self.found for key in captured):
            self.found[("source", "exclude_databases")] = BUILT_IN
        if ("kafka", "authentication") in self.found and self.found.get(("kafka", "credentials"), True) is None:
            self._fill(("kafka", "credentials"), {"secret": PLACEHOLDER}, "the name of a secret of MSK's users")

    def overridden(self, path: tuple[str, ...], raw: Mapping[str, str | None]) -> None:
        """Do not ask for what raw properties of the part at ``path`` say anyhow."""
        for key, name in RAW_PLACES.items():
            place = (*path, name)
            if key in raw and place in self.filled:
                self.notes[:] = [note for note in self.notes if note.key != ".".join(place) or note.what != "fill-in"]
                why = f"only stands for it: what the raw property {key} says is no value for this key"
                self.notes.append(Note("note", "pipeline", ".".join(place), why))

    def _fill(self, path: tuple[str, ...], value: Any, what: str) -> None:
        self.found[path] = value
        self.filled.add(path)
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        shown = ", ".join(map(str, parts))
        self.notes.append(Note("fill-in", "pipeline", ".".join(path), what, shown))


def _placeholders(found: Found) -> dict[tuple[str, ...], tuple[Any, str]]:
    """Everything that a pipeline needs and that may have to be filled in."""
    sinks = {path[1]: str(value) for path, value in found.items() if path[0] == "sinks" and path[2:] == ("type",)}
    return {
        **_MISSING,
        **{("sinks", name, key): told for name, kind in sinks.items() for key, told in _OF_SINKS[kind].items()},
    }


def with_properties(found: Found, path: tuple[str, ...], raw: Mapping[str, str | None]) -> None:
    """Lay raw properties over those that are there already."""
    place = (*path, "properties")
    if raw:
        found[place] = {**found.get(place, {}), **raw}
