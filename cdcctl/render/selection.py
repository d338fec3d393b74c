"""Which tables and columns are captured, and which topics a sink takes: the lists and expressions that say so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from cdcctl.pipeline import Pipeline, Sink, Source, topic_of


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


def keys(source: Source) -> dict[str, str]:
    """Keys of tables that have none (``message.key.columns``)."""
    pairs = [f"{literal(table)}:{','.join(names)}" for table, names in source.keys.items()]
    return {"message.key.columns": ";".join(pairs)} if pairs else {}


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
