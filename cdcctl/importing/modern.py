"""Configurations in today's words, with what was put into others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cdcctl.importing.notes import Note
from cdcctl.importing.versions import Versions, aliases, text
from cdcctl.lint.configuration import AIVEN_S3, DEBEZIUM, ICEBERG
from cdcctl.lint.known import FORKS_KEYS
from cdcctl.plugins.definitions import Version, version_of
from cdcctl.render import aiven_s3
from cdcctl.render.debezium import DELETES, OLD_DELETES, RENAMED, RENAMED_VALUES, UNWRAP, renamed_value, spelled
from cdcctl.render.settings import split
from cdcctl.render.source import ALIAS
from cdcctl.secrets import shown

Changed = tuple[dict[str, str], list[Note]]
_GLUE_CATALOG = "org.apache.iceberg.aws.glue.GlueCatalog"
_FORMER_PACKAGE, _PACKAGE = "io.tabular.iceberg.connect.", "org.apache.iceberg.connect."
_TO_BOOLEAN = "TinyIntOneToBooleanConverter"
_PROVIDERS = re.compile(r"\$\{(secretManager|secretsManager|SecretsManager|secretmanager):")


def today(kind: str, config: Mapping[str, str], versions: Versions) -> Changed:
    """A connector's configuration in the words of the newest version."""
    changed, notes = _references(dict(config))
    steps = {DEBEZIUM: (_aliases, _names, _deletes, _booleans), AIVEN_S3: (_aiven,), ICEBERG: (_iceberg,)}
    for step in steps.get(kind, ()):  # type: ignore[call-overload]
        changed, more = step(changed, versions)
        notes += more
    return changed, notes


def _references(config: dict[str, str]) -> Changed:
    """The name by which cdcctl's worker configurations know the provider for Secrets Manager."""
    new = {key: _PROVIDERS.sub("${secretsmanager:", value) for key, value in config.items()}
    why = "the provider for Secrets Manager is called so in the worker configuration"
    notes = [Note("modernised", "", key, why, shown(key, new[key])) for key in config if new[key] != config[key]]
    return new, notes


def _aliases(config: dict[str, str], _: Versions) -> Changed:
    """The unwrap transform is called unwrap."""
    found = aliases(config)
    chain = split(config.get("transforms", ""))
    if len(found) != 1 or found == [ALIAS] or ALIAS in chain:
        return config, []
    (alias,) = found
    old, new = f"transforms.{alias}.", f"transforms.{ALIAS}."
    renamed = {new + key.removeprefix(old) if key.startswith(old) else key: value for key, value in config.items()}
    renamed["transforms"] = ",".join(ALIAS if each == alias else each for each in chain)
    return renamed, [Note("modernised", "", old + "*", "a transform's alias is only a name", new + "*")]


def _names(config: dict[str, str], versions: Versions) -> Changed:
    """Keys and values that are called otherwise today."""
    new: dict[str, str] = {}
    notes = []
    for old, value in config.items():
        key, since = next(
            ((found, each.since) for each in RENAMED if (found := each.in_new(old)) is not None), (old, "")
        )
        if key != old and key in config:
            notes.append(Note("dropped", "", old, f"{key} is there as well, and counts"))
            continue
        new[key] = renamed_value(key, value)
        now = dict(spelled(versions.target, {key: new[key]}))
        if (old, value) not in now.items():
            became = next(iter(now))
            notes.append(Note("modernised", "", *_words(old, value, became, now[became], since)))
    return new, notes


def _words(old: str, value: str, became: str, new: str, since: str) -> tuple[str, str, str]:
    """Key, why and new, for a note."""
    if became != old:
        return old, f"renamed in Debezium {since}", became if new == value else f"{became}={new}"
    return old, "the value has another name today", new


def _deletes(config: dict[str, str], versions: Versions) -> Changed:
    """``delete.handling.mode`` and ``drop.tombstones`` as one option, where there is a value that does the same."""
    prefix = f"transforms.{ALIAS}."
    if config.get(f"{prefix}type") != UNWRAP or versions.of >= (3, 2) or f"{prefix}{DELETES}" in config:
        return config, []
    olds = {f"{prefix}delete.handling.mode": "drop", f"{prefix}drop.tombstones": "true"}
    pair = tuple(config.get(key, default).lower() for key, default in olds.items())
    mode = next((new for new, old in OLD_DELETES.items() if old == pair), None)
    given = [key for key in olds if key in config]
    if mode is None:
        if versions.to < (3, 2):
            return config, []
        why = "no option of today lets the null value and the tombstone both pass; deletes are null values now"
        notes = [Note("changed", "", key, why, f"{DELETES}=tombstone") for key in given]
        return {**_without(config, given), f"{prefix}{DELETES}": "tombstone"}, notes
    notes = []
    if versions.to >= (2, 5):
        why = "one option says since Debezium 2.5 what becomes of a delete and its tombstone"
        notes = [Note("modernised", "", key, why, f"{prefix}{DELETES}={mode}") for key in given]
    return {**_without(config, given), f"{prefix}{DELETES}": mode}, notes


def _booleans(config: dict[str, str], _: Versions) -> Changed:
    """The converter that makes TINYINT(1) a boolean is called tinyint1, if it is the only one and has no options."""
    alias = config.get("converters", "")
    options = {key: value for key, value in config.items() if alias and key.startswith(f"{alias}.")}
    if list(options) != [f"{alias}.type"] or not options[f"{alias}.type"].endswith(_TO_BOOLEAN) or "," in alias:
        return config, []
    key = "tinyint1.type"
    value = next(each.new for each in RENAMED_VALUES if each.key == key)
    notes = [Note("modernised", "", f"{alias}.*", "a converter's alias is only a name", "tinyint1.*")]
    return {**_without(config, options), "converters": "tinyint1", key: value}, notes if alias != "tinyint1" else []


def _aiven(config: dict[str, str], _: Versions) -> Changed:
    new, notes = {}, []
    for old, value in config.items():
        key = aiven_s3.RENAMED.get(old, old)
        if key != old and key in config:
            notes.append(Note("dropped", "", old, f"{key} is there as well, and counts"))
            continue
        new[key] = value
        if key != old:
            notes.append(Note("modernised", "", old, "the sink's old names have underscores", key))
    return new, notes


def _iceberg(config: dict[str, str], _: Versions) -> Changed:
    """The catalog by its class; and what the sink had before it was given to Apache."""
    new = {key: value.replace(_FORMER_PACKAGE, _PACKAGE) for key, value in config.items()}
    notes = [
        Note("modernised", "", key, "the sink and its transforms are Apache's now", new[key])
        for key in config
        if new[key] != config[key]
    ]
    why = "Apache's sink only appends, and does not know this"
    notes += [Note("changed", "", key, why) for key in FORKS_KEYS if key in config]
    if new.get("iceberg.catalog.type", "").lower() == "glue" and "iceberg.catalog.catalog-impl" not in new:
        new = {**_without(new, ["iceberg.catalog.type"]), "iceberg.catalog.catalog-impl": _GLUE_CATALOG}
        became = f"iceberg.catalog.catalog-impl={_GLUE_CATALOG}"
        notes.append(Note("modernised", "", "iceberg.catalog.type", "type=glue is short for this class", became))
    return new, notes


def _without(config: Mapping[str, str], keys: Iterator[str] | list[str] | dict[str, str]) -> dict[str, str]:
    gone = set(keys)
    return {key: value for key, value in config.items() if key not in gone}


def in_target(properties: Mapping[str, str | None], version: Version) -> dict[str, str | None]:
    """Raw properties in the words of the version that is to run them."""
    told: dict[str, str | None] = dict(spelled(text(version), {k: v for k, v in properties.items() if v is not None}))
    for key in (key for key, value in properties.items() if value is None):
        if key.endswith(f".{DELETES}") and version < version_of("2.5"):
            continue
        told[next(iter(spelled(text(version), {key: "null"})))] = None
    # 1.9 has no word for it.
    if version < (2, 0) and told.get("skipped.operations") == "none":
        told["skipped.operations"] = None
    return told
