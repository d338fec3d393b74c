"""Which tables and columns are captured, and which topics a sink takes: the lists and expressions that say so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from cdcctl.pipeline import Pipeline, Sink, Source, topic_of
from cdcctl.render.settings import Found, split

# What Debezium leaves out in any case: to exclude these is to capture everything.
BUILT_IN = ["information_schema", "mysql", "performance_schema", "sys"]
_BUT = re.compile(r"\(\?!\(\?:(?P<names>[^()]*)\)\$\)(?P<rest>.*)")
_OTHERS = re.compile(r"\(\?!\(\?:[^()]*\)\\\.\)\.\*")
_LENGTHS = {
    "mask": re.compile(r"column\.mask\.with\.(\d{1,9})\.chars"),
    "truncate": re.compile(r"column\.truncate\.to\.(\d{1,9})\.chars"),
}
_HASH = re.compile(r"column\.mask\.hash\.(?P<version>v2\.)?(?P<algorithm>[^.]+)\.with\.salt\.(?P<salt>.+)")


def literal(name: str) -> str:
    """Debezium's lists are regular expressions matched against the whole name: quote what is special in one."""
    return "".join("\\" + char if char in ".$^*+?()[]{}|\\" else char for char in name)


def captured(source: Source) -> dict[str, str]:
    """``database.*`` and ``table.*`` lists. Of each pair Debezium takes one, include or exclude."""
    if source.exclude_databases:
        return {"database.exclude.list": _list(source.exclude_databases), **_excluded(source)}
    databases = {} if source.tables_matching else {"database.include.list": _list(source.captured_databases)}
    if not source.tables and not source.tables_matching:
        return {**databases, **_excluded(source)}
    but = _but(source.exclude_tables)
    tables = [
        *map(literal, source.tables),
        *(f"{but}{literal(database)}\\..*" for database in source.databases),
        *(f"{but}(?:{pattern})" if but else pattern for pattern in source.tables_matching),
    ]
    return {**databases, "table.include.list": ",".join(tables)}


def plain(entry: str) -> str | None:
    """The one name that an expression stands for, a dot being a dot; None where it may match several.

    An escaped letter is a class such as ``\\d``, an escaped sign that sign.
    """
    if re.search(r"\\([A-Za-z0-9]|$)", entry) or re.search(r"[*+?()\[\]{}|^$]", re.sub(r"\\.", "", entry)):
        return None
    return re.sub(r"\\(.)", r"\1", entry)


def captured_of(config: Mapping[str, str]) -> Found:
    """What the lists of databases and tables say, by path below ``source``."""
    entries, databases = split(config.get("table.include.list", "")), config.get("database.include.list", "")
    excluded = _plain_list(config.get("table.exclude.list", "")) or []
    found: Found = {("exclude_tables",): excluded} if excluded else {}
    if entries:
        return {**found, **_included(entries, split(databases))}
    if databases:
        names = _plain_list(databases)
        return {**found, **({("databases",): names} if names else {("tables_matching",): _within(split(databases))})}
    return {**found, ("exclude_databases",): _plain_list(config.get("database.exclude.list", "")) or BUILT_IN}


def _included(entries: Iterable[str], within: Collection[str]) -> Found:
    tables, databases, patterns, excluded = [], [], [], []
    for entry in entries:
        but = _BUT.fullmatch(entry)
        names = _plain_list(but["names"], "|") if but else None
        rest = but["rest"] if but and names else entry
        name = plain(rest)
        database = _database_of(rest, within)
        if name is not None and not names and name.count(".") == 1:
            tables.append(name)
        elif database is not None:
            databases.append(database)
        else:
            patterns.append(rest[3:-1] if names and rest.startswith("(?:") and rest.endswith(")") else rest)
        excluded += names or []
    found = {"tables": tables, "databases": databases, "tables_matching": patterns, "exclude_tables": excluded}
    return {(key,): list(dict.fromkeys(names)) for key, names in found.items() if names}


def _database_of(entry: str, within: Collection[str]) -> str | None:
    """The database of which an expression takes every table. ``shop.*`` takes shopping's, too, unless that is out."""
    name = plain(entry.removesuffix("\\..*")) if entry.endswith("\\..*") else None
    if name is None and entry.endswith(".*") and entry.removesuffix(".*") in within:
        name = plain(entry.removesuffix(".*"))
    return name if name and "." not in name else None


def _within(databases: Iterable[str]) -> list[str]:
    return [f"(?:{database})\\..*" for database in databases]


def _plain_list(text: str, separator: str = ",") -> list[str] | None:
    """The names in a list; None where it is empty, or one is an expression."""
    names = [plain(part.strip()) for part in text.split(separator) if part.strip()]
    return [name for name in names if name is not None] if names and None not in names else None


def columns(source: Source) -> dict[str, str]:
    """Lists and rules about single columns."""
    chosen = source.columns
    config: dict[str, str] = {}
    if chosen.include:
        # The list holds for all tables: the others keep all of their columns.
        own = dict.fromkeys(column.rpartition(".")[0] for column in chosen.include)
        others = f"(?!(?:{'|'.join(map(literal, own))})\\.).*"
        config["column.include.list"] = ",".join([*map(literal, chosen.include), others])
    if chosen.exclude:
        config["column.exclude.list"] = _list(chosen.exclude)
    for length, names in _by_length(chosen.mask).items():
        config[f"column.mask.with.{length}.chars"] = _list(names)
    for length, names in _by_length(chosen.truncate).items():
        config[f"column.truncate.to.{length}.chars"] = _list(names)
    for each in chosen.hash:
        version = "v2." if each.version == 2 else ""
        config[f"column.mask.hash.{version}{each.algorithm}.with.salt.{each.salt}"] = _list(each.columns)
    return config


def columns_of(config: Mapping[str, str]) -> Found:
    """What lists and rules about single columns say, by path below ``source``; expressions are left out."""
    found: Found = {}
    included = split(config.get("column.include.list", ""))
    if included and _OTHERS.fullmatch(included[-1]):
        found[("columns", "include")] = _plain_list(",".join(included[:-1]))
    found[("columns", "exclude")] = _plain_list(config.get("column.exclude.list", ""))
    hashes = []
    for key, value in config.items():
        names = _plain_list(value) or []
        for rule, pattern in _LENGTHS.items():
            if match := pattern.fullmatch(key):
                lengths: dict[str, int] = found.setdefault(("columns", rule), {})
                lengths.update(dict.fromkeys(names, int(match[1])))
        if names and (match := _HASH.fullmatch(key)):
            version = 2 if match["version"] else 1
            hashes.append(
                {"columns": names, "algorithm": match["algorithm"], "salt": match["salt"], "version": version}
            )
    found[("columns", "hash")] = hashes
    return {path: value for path, value in found.items() if value}


def keys(source: Source) -> dict[str, str]:
    """Keys of tables that have none (``message.key.columns``)."""
    pairs = [f"{literal(table)}:{','.join(names)}" for table, names in source.keys.items()]
    return {"message.key.columns": ";".join(pairs)} if pairs else {}


def keys_of(config: Mapping[str, str]) -> Found:
    """The keys of tables without one, by path below ``source``; nothing where an expression stands for tables."""
    found = {}
    for pair in filter(None, config.get("message.key.columns", "").split(";")):
        table, _, columns = pair.rpartition(":")
        name = plain(table.strip())
        if name is None or not split(columns):
            return {}
        found[name] = split(columns)
    return {("keys",): found} if found else {}


def topics(pipeline: Pipeline, sink: Sink) -> dict[str, str]:
    """The topics of a sink: by name where its tables are spelled out, else by an expression."""
    source = pipeline.source
    if sink.tables is not None or source.is_spelled_out:
        tables = pipeline.tables_of(sink)
        return {"topics": ",".join(topic_of(pipeline.topic_prefix, table) for table in tables)}
    prefix = re.escape(pipeline.topic_prefix)
    but = _but([topic_of("", table)[1:] for table in source.exclude_tables])
    if source.exclude_databases:
        others = "|".join(literal(_sanitized(database)) for database in source.exclude_databases)
        return {"topics.regex": f"{prefix}\\.(?!(?:{others})\\.){but}[^.]+\\..*"}
    names = [
        *(literal(_sanitized(table)) for table in source.tables),
        *(f"{but}{literal(_sanitized(database))}\\..*" for database in source.databases),
        *(f"{but}(?:{pattern})" for pattern in source.tables_matching),
    ]
    return {"topics.regex": f"{prefix}\\.(?:{'|'.join(names)})"}


def tables_of(config: Mapping[str, str], prefix: str, known: Iterable[str]) -> list[str] | None:
    """The tables whose topics a sink takes, ``known`` ones first; None where one of them is no table's topic."""
    tables = {topic_of(prefix, table): table for table in known}
    found = []
    for topic in split(config.get("topics", "")):
        rest = topic.removeprefix(f"{prefix}.")
        table = tables.get(topic) or (rest if rest != topic and rest.count(".") == 1 else None)
        if table is None:
            return None
        found.append(table)
    return found or None


def _excluded(source: Source) -> dict[str, str]:
    return {"table.exclude.list": _list(source.exclude_tables)} if source.exclude_tables else {}


def _list(names: Iterable[str]) -> str:
    return ",".join(map(literal, names))


def _but(tables: Iterable[str]) -> str:
    """What to put before an expression so that it matches none of these names."""
    names = "|".join(map(literal, tables))
    return f"(?!(?:{names})$)" if names else ""


def _by_length(lengths: Mapping[str, int]) -> dict[int, list[str]]:
    grouped: defaultdict[int, list[str]] = defaultdict(list)
    for name, length in lengths.items():
        grouped[length].append(name)
    return grouped


def _sanitized(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)
