"""Which Debezium a configuration is written for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cdcctl.errors import UsageError
from cdcctl.plugins.definitions import Version, debezium, debezium_transform, debezium_versions, span_of, version_of
from cdcctl.render.debezium import RENAMED, UNWRAP
from cdcctl.render.settings import split

_IN_A_NAME = re.compile(r"debezium[^/]*?(\d+\.\d+)(?:\.\d+)?[^/]*?(?:Final|zip|$)")


@dataclass(frozen=True)
class Versions:
    """The version that a configuration is written for, the one that the pipeline is to run, and how they are known."""

    of: Version
    to: Version
    how: str

    @property
    def target(self) -> str:
        """As the pipeline file has it."""
        return text(self.to)


def choose(config: Mapping[str, str], wanted: str | None, stated: str | None, plugin: str = "") -> Versions:
    """Find both versions.

    :param wanted: what the pipeline is to run; None: what the configuration is for.
    :param stated: what the configuration is for; None: what its keys tell, or the plugin's name.
    :raises UsageError: a version that is not known here.
    """
    fitting = fits(config)
    to = known(wanted, "--debezium") if wanted else None
    if stated:
        of, how = known(stated, "--from-debezium"), "as stated"
    elif to in fitting:
        of, how = to, "as stated"
    elif (named := _in_name(plugin)) in fitting:
        of, how = named, f"by the plugin's name, {plugin}"
    else:
        of, how = fitting[-1], _span(fitting) if config else "no source was given; the newest"
    return Versions(of, to or of, how)


def fits(config: Mapping[str, str]) -> list[Version]:
    """The versions that know most of the keys and values, oldest first; all of them where there is no configuration."""
    misfits = {version: _misfits(config, version) for version in debezium_versions()}
    least = min(misfits.values())
    return [version for version, count in misfits.items() if count == least]


def _misfits(config: Mapping[str, str], version: Version) -> int:
    definitions = debezium(version)
    options = debezium_transform(UNWRAP, version) or {}
    count = 0
    for key, value in config.items():
        alias = key.split(".")[1] if key.startswith("transforms.") else None
        if alias and config.get(f"transforms.{alias}.type") == UNWRAP:
            option = key.removeprefix(f"transforms.{alias}.")
            count += option not in ("type", "predicate", "negate", *options)
        elif key in definitions:
            values = definitions[key].values
            count += bool(values) and "${" not in value and value.lower() not in values
        else:
            count += span_of(key) is not None or any(_is_other(key, each.new, each.old, version) for each in RENAMED)
    return count


def _is_other(key: str, new: str, old: str, version: Version) -> bool:
    """Whether a key is one of those below a beginning that this version calls otherwise."""
    if not new.endswith("."):
        return False
    return key.startswith(old if version >= (2, 0) else new)


def known(version: str, option: str) -> Version:
    """:raises UsageError: it is none."""
    every = debezium_versions()
    try:
        found = version_of(version)
    except ValueError:
        found = (0, 0)
    if found not in every:
        raise UsageError(
            f"{option} {version!r} is no version of Debezium that is known here",
            hint=f"known: {text(every[0])} to {text(every[-1])}",
        )
    return found


def _in_name(plugin: str) -> Version | None:
    found = _IN_A_NAME.search(plugin)
    return version_of(found[1]) if found else None


def _span(fitting: list[Version]) -> str:
    if len(fitting) == 1:
        return f"by its keys, which only {text(fitting[0])} knows"
    return f"by its keys, which fit {text(fitting[0])} to {text(fitting[-1])}; --from-debezium says otherwise"


def text(version: Version) -> str:
    """``3.6``."""
    return ".".join(map(str, version))


def aliases(config: Mapping[str, str]) -> list[str]:
    """The aliases of the chain that are Debezium's unwrap transform."""
    return [each for each in split(config.get("transforms", "")) if config.get(f"transforms.{each}.type") == UNWRAP]
