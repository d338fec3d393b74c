"""The history of a table's schemas: put together from the registry and Debezium's schema history, told and drawn."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any

import pytest
from glue_account import ONE, ORDERS, THREE, TWO, WITHOUT_NAME, Account, record

from cdcctl.evolve.fields import changes
from cdcctl.evolve.history import History, Version, matched
from cdcctl.evolve.history_page import page
from cdcctl.evolve.history_text import lines
from cdcctl.evolve.schema_history import every_statement, iso, statements_of
from cdcctl.kafka.records import Record

F = ("-f", "pipeline.yaml")
START = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)


def kept(ddl: str, minute: int, change: str = "ALTER", table: str = '"shop"."orders"', **more: Any) -> Record:
    """A record as Debezium writes it; ``snapshot`` in the position, ``previousId`` in the change."""
    at = START + timedelta(minutes=minute)
    position = {"ts_sec": int(at.timestamp()), "file": "binlog.000001", "pos": 100 * minute}
    position |= {name: each for name, each in more.items() if name == "snapshot"}
    tables = [{"type": change, "id": table, **{name: each for name, each in more.items() if name == "previousId"}}]
    data = {
        "source": {"server": "db1"},
        "position": position,
        "ts_ms": int(at.timestamp() * 1000) + 123,
        "databaseName": "shop",
        "ddl": ddl,
        "tableChanges": tables,
    }
    return Record(0, minute, None, json.dumps(data))


RECORDS = [
    Record(0, 0, None, json.dumps({"ddl": "SET character_set_server=utf8mb4", "databaseName": "", "tableChanges": []})),
    kept("DROP TABLE IF EXISTS `shop`.`orders`", 0, "DROP", snapshot="INITIAL"),
    kept("CREATE TABLE `orders` (\n  `ID` int\n)", 0, "CREATE", snapshot="INITIAL"),
    kept("ALTER TABLE orders ADD CITY text", 10),
    kept("CREATE TABLE other (a int)", 11, "CREATE", '"shop"."other"'),
    kept("ALTER TABLE orders ADD INDEX (NAME)", 12),
    kept("ALTER TABLE orders ADD TEMPORARY int", 13),
    kept("ALTER TABLE orders ADD COUNTRY text NOT NULL", 3000),
    kept("DROP TABLE orders", 4000, "DROP"),
    Record(0, 9, None, None),
    Record(0, 10, None, "not json"),
    Record(0, 11, None, '["no object"]'),
]
KEY = record("ID int", name="Key")
PREDICTED = {2: (KEY, ONE), 3: (KEY, TWO), 5: (KEY, TWO), 6: (KEY, record("TEMPORARY int")), 7: (KEY, THREE)}


def version(number: int, definition: str, minute: float, side: Any = "value", **more: Any) -> Version:
    created = START + timedelta(minutes=minute)
    return Version(side, "values", number, f"id-{side}-{number}", "AVAILABLE", created, definition, **more)


def history(versions: list[Version], predicted: Any) -> History:
    statements = statements_of(RECORDS, "shop.orders")
    put = matched(versions, statements, predicted)
    return History("shop.orders", ORDERS, {"value": "FORWARD"}, tuple(put), tuple(statements), (), predicted)


def test_statements_are_those_of_the_table() -> None:
    found = statements_of(RECORDS, "shop.orders")
    assert [(each.index, each.change, each.snapshot) for each in found] == [
        (2, "CREATE", True),
        (3, "ALTER", False),
        (5, "ALTER", False),
        (6, "ALTER", False),
        (7, "ALTER", False),
        (8, "DROP", False),
    ]
    # A snapshot's moment is when it read the table, a statement's when MySQL ran it.
    assert (iso(found[0].at), iso(found[1].at)) == ("2024-05-01T12:00:00.123Z", "2024-05-01T12:10:00.000Z")
    assert found[1].place == "binlog.000001:1000"
    assert len(every_statement(RECORDS)) == len(RECORDS)
    assert every_statement(RECORDS)[-1] == {"database": "", "sql": ""}


def test_a_renamed_table_is_found_by_its_new_name() -> None:
    renamed = kept('RENAME TABLE a TO `o"x`', 1, table='"shop"."o""x"', previousId='"shop"."a"')
    [found] = statements_of([renamed], 'shop.o"x')
    assert found.renamed_from == "shop.a"


def test_versions_are_put_to_the_statements_that_make_their_text() -> None:
    versions = [version(1, KEY, 0.1, "key"), version(1, ONE, 0.2), version(2, TWO, 600), version(3, THREE, 3000.001)]
    found = history(versions, PREDICTED)
    made = {each.index: [(v.side, v.number, v.match) for v in found.made_by(each)] for each in found.statements}
    assert made == {
        2: [("key", 1, "prediction"), ("value", 1, "prediction")],
        3: [("value", 2, "prediction")],
        5: [],
        6: [],
        7: [("value", 3, "prediction")],
        8: [],
    }
    assert [found.outcome(each) for each in found.statements] == [
        "",
        "",
        "no new version: key and value are as they were",
        "no version: no row was written with it",
        "",
        "the table is gone; its schemas stay",
    ]
    assert found.of_unknown_origin == []


def test_without_a_prediction_time_decides_and_says_so() -> None:
    found = history([version(1, ONE, 0.2), version(2, TWO, 10.01)], {})
    assert [(each.made_by, each.match) for each in found.versions] == [(2, "time"), (3, "time")]
    assert ", put here by time" in "\n".join(lines(found))


def test_a_version_older_than_the_history_has_no_statement() -> None:
    """Its text is what a snapshot reads much later, which did not make it."""
    found = history([version(1, ONE, -1000)], PREDICTED)
    assert [each.number for each in found.of_unknown_origin] == [1]
    assert "made by statements that the schema history does not have" in "\n".join(lines(found))
    assert "Versions of statements that the schema history does not have" in page(found)


class Tags(HTMLParser):
    """Counts tags, and knows what is fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta"}:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in {"src", "href"}:
                self.links.append(str(value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_draws_every_statement_and_version() -> None:
    text = "ALTER TABLE orders ADD X varchar(10) DEFAULT '<script>alert(1)</script>'"
    records = [*RECORDS[:4], kept(text, 20)]
    statements = tuple(statements_of(records, "shop.orders"))
    refused = Version("value", "values", 3, "id-3", "FAILURE", START + timedelta(days=3), WITHOUT_NAME)
    versions = matched([version(1, ONE, 0.2), version(2, TWO, 600), refused], statements, PREDICTED)
    drawn = page(History("shop.orders", ORDERS, {}, tuple(versions), statements, ("a note",)))
    tags = Tags()
    tags.feed(drawn)
    assert tags.open == []
    assert "<script" not in drawn
    assert tags.links
    assert all(link.startswith("#") and link[1:] in tags.ids for link in tags.links)
    assert drawn.count("<rect") == len(statements) + len(versions)
    assert "refused" in drawn
    boxes = [int(y) for y in re.findall(r'<rect class="statement" x="140" y="(\d+)"', drawn)]
    assert boxes == sorted(set(boxes))


def test_history_of_an_empty_page() -> None:
    assert "<svg" not in page(History("a.b", "x", {}, (), ()))


def test_what_is_not_known_is_said_and_the_rest_is_told(account: Account) -> None:
    """No broker can be reached from here, as from outside a VPC."""
    account.schema(ONE, TWO, WITHOUT_NAME, THREE)
    account.schema(KEY, registry="keys")
    version_id = account.register(THREE)["SchemaVersionId"]
    pair = {"MetadataKey": "registered-by", "MetadataValue": "arn:aws:iam::123456789012:user/ann"}
    account.glue.put_schema_version_metadata(SchemaVersionId=version_id, MetadataKeyValue=pair)
    done = account.cdcctl("evolve", "history", "shop.orders", *F, "--json")
    assert done.code == 0, done.err
    [note] = done.json["notes"]
    assert note.startswith("statements are not known: the brokers cannot be reached")
    assert done.json["statements"] == []
    found = done.json["versions_without_statement"]
    assert [(each["side"], each["number"], each["status"]) for each in found] == [
        ("key", 1, "AVAILABLE"),
        ("value", 1, "AVAILABLE"),
        ("value", 2, "AVAILABLE"),
        ("value", 3, "FAILURE"),
        ("value", 4, "AVAILABLE"),
    ]
    assert [(each["gained"], each["lost"]) for each in found[2:]] == [
        (["CITY"], []),
        (["COUNTRY"], ["NAME", "CITY"]),
        (["COUNTRY"], []),
    ]
    assert (found[4]["compatible"]["FORWARD"], found[4]["compatible"]["BACKWARD"]) == (True, False)
    assert "user/ann" in found[4]["registrant"]
    assert "Glue keeps no record" in found[1]["registrant"]
    text = account.cdcctl("evolve", "history", "shop.orders", *F).out
    assert "+ CITY nullable string, default null" in text
    assert account.cdcctl("evolve", "history", "shop.orders", *F, "--format", "html", "--out", "page.html").code == 0
    assert "user/ann" in (account.folder / "page.html").read_text()


def test_an_unknown_table(account: Account) -> None:
    done = account.cdcctl("evolve", "history", "shop.nothing", *F)
    assert (done.code, done.out) == (4, "")
    assert "nothing is known of table shop.nothing" in done.err


@pytest.mark.parametrize("arguments", [["shop.orders", "1", "new.avsc", *F], ["old.avsc", "new.avsc"]])
def test_diff_of_versions_and_files(account: Account, arguments: list[str]) -> None:
    account.schema(ONE)
    (account.folder / "old.avsc").write_text(ONE)
    (account.folder / "new.avsc").write_text(json.dumps(json.loads(TWO), indent=4))
    done = account.cdcctl("evolve", "diff", *arguments)
    assert (done.code, "CITY is new: nullable string, default null" in done.out) == (1, True)
    assert "FULL_ALL yes" in done.out
    assert account.cdcctl("evolve", "diff", *arguments, "--json").json["compatible"]["DISABLED"] is False


def test_diff_without_a_registry_to_ask(account: Account) -> None:
    done = account.cdcctl("evolve", "diff", "shop.orders", "1", "2")
    assert (done.code, "name the pipeline file with -f" in done.err) == (2, True)
    done = account.cdcctl("evolve", "diff", "old.avsc", "1")
    assert (done.code, "old.avsc cannot be read" in done.err) == (3, True)


def test_decimals_are_told_as_numbers() -> None:
    def decimal(scale: int, default: str) -> str:
        kind = {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": scale}
        return record({"name": "PRICE", "type": kind, "default": default})

    [first] = changes(decimal(2, "\u0000"), decimal(2, "\u00ff\u0038"))
    assert (first.change, first.before, first.after) == (
        "default",
        "required bytes decimal(8,2), default 0.00",
        "required bytes decimal(8,2), default -2.00",
    )
    [scale] = changes(decimal(2, "\u0000"), decimal(4, "\u0000"))
    assert (scale.change, "decimal(8,4)" in str(scale.after)) == ("properties", True)
