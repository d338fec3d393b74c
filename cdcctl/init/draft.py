"""The pipeline to be written, as data: what the user says, what the server has, and defaults for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cdcctl.doctor.tables import Table
from cdcctl.errors import UsageError
from cdcctl.init.answers import Remark
from cdcctl.init.server_facts import ServerFacts
from cdcctl.init.wishes import Wishes, free_server_id
from cdcctl.pipeline import EVERY_SINK
from cdcctl.pipeline.sinks import ICEBERG

# What a file must say unless the place it runs in does: section, key, another key that will do, and what to write.
_NEEDED = (
    ("source", "host", "", "name of the MySQL server (--host)"),
    ("sink", "warehouse", "", "s3://BUCKET/FOLDER (--warehouse)"),
    ("sink", "bucket", "", "name of a bucket (--bucket)"),
    ("kafka", "cluster_arn", "bootstrap_servers", "arn:aws:kafka:… (--cluster-arn)"),
    ("kafka", "subnets", "", "[subnet-…] (--subnet)"),
    ("connect", "role_arn", "", "arn:aws:iam::…:role/… (--role-arn)"),
    ("connect", "plugin_bucket", "", "name of a bucket (--plugin-bucket)"),
)


def from_flags(wishes: Wishes) -> list[str]:
    """The tables, where no server is asked which there are.

    :raises UsageError: they are not spelled out.
    """
    unclear = [*wishes.databases, *(table for table in wishes.tables if "*" in table or "?" in table)]
    if unclear or not wishes.tables:
        raise UsageError(
            f"which tables {unclear[0]} means only a server can tell" if unclear else "no table is named",
            hint="name it with --mysql-url mysql://user@host:port/, or spell each out: --table database.table",
        )
    return list(dict.fromkeys(wishes.tables))


def draft(wishes: Wishes, tables: Sequence[str], facts: ServerFacts | None, place: Mapping[str, Any]) -> dict[str, Any]:
    """The pipeline as a mapping in the order of the file; what ``place`` says is left out."""
    name = wishes.named(tables)
    document: dict[str, Any] = {
        "name": name,
        "topic_prefix": wishes.prefix or name,
        "source": _source(wishes, name, tables, facts, place.get("source", {})),
        "registries": {
            "keys": wishes.key_registry or f"{name}-keys",
            "values": wishes.value_registry or f"{name}-values",
            **({"compatibility": wishes.compatibility} if wishes.compatibility else {}),
        },
        "sink": _sink(wishes, tables),
        "kafka": dict(wishes.kafka),
        "connect": dict(wishes.connect),
    }
    return {key: value for key, value in document.items() if value}


def _source(
    wishes: Wishes, name: str, tables: Sequence[str], facts: ServerFacts | None, place: Mapping[str, Any]
) -> dict[str, Any]:
    source: dict[str, Any] = {"debezium": wishes.debezium} if wishes.debezium else {}
    if "host" not in place:
        source |= {"host": wishes.host} if wishes.host else {}
        source |= {"port": wishes.port} if wishes.port not in (None, 3306) else {}
    if wishes.credentials or "credentials" not in place:
        source["credentials"] = dict(wishes.credentials or {"secret": f"{name}/mysql"})
    source["server_id"] = wishes.server_id or free_server_id(name, facts.taken_ids if facts else ())
    source["tables"] = list(tables)
    keys = {**keys_of_tables(facts.tables if facts else ()), **{table: list(key) for table, key in wishes.keys.items()}}
    if keys:
        source["keys"] = keys
    return source


def _sink(wishes: Wishes, tables: Sequence[str]) -> dict[str, Any]:
    given = {"warehouse": wishes.warehouse, "bucket": wishes.bucket, "plugin": wishes.plugin}
    databases = {table.partition(".")[0].lower() for table in tables}
    # All tables in one Glue database: that of MySQL, where it has a name that Glue takes.
    own = databases.pop()
    if wishes.sink == ICEBERG and not databases and not re.fullmatch(r"[a-z0-9_]+", own):
        given["database"] = re.sub("[^a-z0-9_]", "_", own)
    return {"type": wishes.sink, **{key: value for key, value in given.items() if value}}


def keys_of_tables(tables: Sequence[Table]) -> dict[str, list[str]]:
    """Keys of tables without a primary one, of the unique key that Debezium takes.

    It takes the first it meets: a second unique key, or one that is dropped, would change the key under way. Written
    down, it stays.
    """
    return {
        table.name: list(table.chosen.columns)
        for table in tables
        if table.chosen and table.chosen.name != "PRIMARY" and _can_be_listed(table.chosen.columns)
    }


def _can_be_listed(columns: Sequence[str]) -> bool:
    """Whether message.key.columns, which splits at these signs, can name them."""
    return not any(sign in column for column in columns for sign in ",:;")


def remarks_on_the_sink(document: Mapping[str, Any]) -> list[Remark]:
    """Why its tables are in a Glue database of another name than MySQL's."""
    if "database" not in document["sink"]:
        return []
    why = "MySQL's has a name that the Glue catalog refuses"
    return [Remark(("sink", "database"), why, "CDC138")]


def remarks_on_keys(tables: Sequence[Table], named: Mapping[str, Sequence[str]]) -> list[Remark]:
    """What is to be said of each table's key, at its line; of those with a primary key nothing."""
    return [
        Remark(("source", "tables", table.name), _key_in_words(table), "" if table.chosen else "CDC273")
        for table in tables
        if not (table.chosen and table.chosen.name == "PRIMARY") and (table.name not in named or table.chosen)
    ]


def _key_in_words(table: Table) -> str:
    if table.chosen:
        return f"no primary key; its key is the unique key {table.chosen.name}"
    if table.uniques:
        columns = ", ".join(table.uniques[0].columns)
        return (
            f"no key, as the unique key {table.uniques[0].name} may be NULL: declare it NOT NULL, or if it never is, "
            f"add to keys: {table.name}: [{columns}]"
        )
    return "no key: add a primary key, or name the columns that tell its rows apart below keys"


def missing(document: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, str]:
    """Keys that neither the file nor the place says, with what to write."""
    sink = document["sink"]["type"]
    not_this = ("sink", "bucket" if sink == ICEBERG else "warehouse")
    below = {**place, "sink": place.get("sinks", {}).get(EVERY_SINK, {}).get(sink, {})}
    return {
        f"{section}.{key}": text
        for section, key, other, text in _NEEDED
        if (section, key) != not_this
        and not any(each in level.get(section, {}) for level in (document, below) for each in (key, other))
    }
