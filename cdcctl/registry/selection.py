"""Which schemas are meant: those of a pipeline, those of registries, or the one that somebody names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cdcctl.aws.glue_registry import GlueRegistry
from cdcctl.errors import InputError, NotFoundError, UsageError
from cdcctl.pipeline import Pipeline
from cdcctl.registry.contents import Name
from cdcctl.schema.folder import Kept, read

# The name pattern of registries and schemas (API_CreateSchema); one of dots alone would leave a folder.
_NAME = re.compile(r"(?!\.+$)[a-zA-Z0-9_$#.-]{1,255}")


@dataclass(frozen=True)
class Scope:
    """Where to look: the registries of a pipeline, or some by name; neither: all there are.

    :ivar side: ``value`` or ``key``: which of a pipeline's two registries a name is of.
    """

    pipeline: Pipeline | None = None
    registries: tuple[str, ...] = ()
    side: str = "value"

    def names(self, registry: GlueRegistry, *, lenient: bool = False) -> list[Name]:
        """Every schema in scope.

        :param lenient: a registry that does not exist has no schemas.
        :raises NotFoundError: a registry that is named does not exist.
        """
        found = []
        for each in self._registries(registry):
            try:
                found += [Name(each, schema) for schema in registry.schemas(each) if self._is_ours(schema)]
            except NotFoundError:
                # A pipeline that was not deployed yet has none.
                if not (self.pipeline or lenient):
                    raise
        return found

    def one(self, word: str) -> Name:
        """The schema that somebody names: ``REGISTRY/SCHEMA``, or a schema, topic or table of the scope.

        :raises UsageError: it is not clear in which registry.
        """
        registry, mark, schema = word.rpartition("/")
        if mark:
            return valid(Name(registry, schema))
        if self.pipeline:
            registries = self.pipeline.registries
            registry = registries.keys if self.side == "key" else registries.values
            return valid(Name(registry, self._schema_of(self.pipeline, word)))
        if len(self.registries) == 1:
            return valid(Name(self.registries[0], word))
        raise UsageError(f"it is not clear which registry {word} is of", hint="write REGISTRY/SCHEMA, or name -f")

    def within(self, registries: Iterable[str]) -> Scope:
        """The same scope, of these registries only."""
        wanted = set(registries)
        return replace(self, registries=tuple(each for each in self.registries or sorted(wanted) if each in wanted))

    def kept(self, folder: Path) -> list[Kept]:
        """The schemas of a folder that are in scope.

        :raises InputError: the folder is no such folder, or has nothing of the scope.
        """
        found = [
            valid_kept(each)
            for each in read(folder)
            if (not self._wanted or each.registry in self._wanted) and self._is_ours(each.schema)
        ]
        if not found:
            raise InputError(f"{folder} has no schema of {', '.join(self._wanted)}", hint="name other registries")
        return found

    def mode(self, name: Name) -> str | None:
        """The mode that the pipeline creates a schema with."""
        if self.pipeline is None:
            return None
        registries = self.pipeline.registries
        by_name = {self.pipeline.schema_name(table): mode for table, mode in registries.compatibility_by_table.items()}
        return by_name.get(name.schema, registries.compatibility)

    def _schema_of(self, pipeline: Pipeline, word: str) -> str:
        own = pipeline.registries.schema_name
        if word == own or word.startswith(f"{pipeline.topic_prefix}.") or "." not in word:
            return word
        return pipeline.schema_name(word)

    @property
    def _wanted(self) -> Sequence[str]:
        if self.pipeline:
            return [self.pipeline.registries.keys, self.pipeline.registries.values]
        return self.registries

    def _registries(self, registry: GlueRegistry) -> Sequence[str]:
        if self.pipeline and self.registries:
            return [each for each in self._wanted if each in self.registries]
        return self._wanted or registry.registries()

    def _is_ours(self, schema: str) -> bool:
        """Registries may be shared. Every topic of Debezium has the prefix in its name, its heartbeats' at the end."""
        if self.pipeline is None or self.pipeline.registries.naming_class:
            return True
        prefix = self.pipeline.topic_prefix
        return (
            schema in (prefix, self.pipeline.registries.schema_name)
            or schema.startswith(f"{prefix}.")
            or schema.endswith(f".{prefix}")
        )


def valid_kept(kept: Kept) -> Kept:
    """:raises UsageError: a folder's name is none of a registry or schema."""
    valid(Name(kept.registry, kept.schema))
    return kept


def valid(name: Name) -> Name:
    """:raises UsageError: no registry or schema can be called so."""
    for each in (name.registry, name.schema):
        if not _NAME.fullmatch(each):
            raise UsageError(f"{each!r} is no name of a registry or schema", hint="letters, digits and _$#.-")
    return name
