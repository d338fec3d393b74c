"""What is told of MySQL's refusals is what a server (9.7) said to these very statements, about these very tables."""

from __future__ import annotations

import pytest

from cdcctl.sql.refusal import columns_after, refusal

# CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT, KEY ix (a));
# CREATE TABLE u (id INT NOT NULL PRIMARY KEY, AA INT); CREATE TABLE k (a INT, KEY (a));
TABLES = {"d.t": ["id", "a", "b"], "d.u": ["id", "AA"], "d.k": ["a"]}
TAKEN = """
DROP TABLE IF EXISTS nope
CREATE TABLE IF NOT EXISTS t (id INT)
ALTER TABLE t ADD c INT, ADD d INT AFTER c
ALTER TABLE t RENAME COLUMN a TO c, ADD COLUMN a BIGINT
ALTER TABLE u DROP aa
ALTER TABLE u MODIFY aa BIGINT
ALTER TABLE u RENAME COLUMN aa TO bb
ALTER TABLE t DROP INDEX ix
ALTER TABLE t RENAME COLUMN a TO c, RENAME COLUMN b TO a
ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a
ALTER TABLE t CHANGE a c INT, ADD d INT AFTER c
ALTER TABLE t ADD d INT AFTER c, CHANGE a c INT
ALTER TABLE t ADD c INT, ADD INDEX (c)
ALTER TABLE t RENAME COLUMN a TO c, ADD INDEX (c)
ALTER TABLE t DROP a, ADD INDEX (id)
ALTER TABLE t RENAME TO t
ALTER TABLE t RENAME TO v, ADD x INT
RENAME TABLE t TO v, u TO t, v TO u
RENAME TABLE t TO v, v TO t
DROP TABLE IF EXISTS t, nope
CREATE TABLE x (id INT, INDEX ((id+1)))
CREATE TABLE IF NOT EXISTS t (id INT, id INT)
ALTER TABLE t MODIFY COLUMN a BIGINT FIRST, MODIFY COLUMN b INT AFTER a
ALTER TABLE t ADD COLUMN (c INT, d INT), DROP b
ALTER TABLE `t` DROP `a`, DROP COLUMN `b`
ALTER TABLE t CHANGE a a BIGINT, CHANGE b b BIGINT, CHANGE id ID BIGINT
ALTER TABLE t CHANGE a b INT, CHANGE b a INT
ALTER TABLE t CHANGE COLUMN a b INT, DROP COLUMN b
ALTER TABLE t DROP COLUMN b, CHANGE COLUMN a b INT
ALTER TABLE t DROP COLUMN b, RENAME COLUMN a TO b
ALTER TABLE t RENAME COLUMN a TO a
ALTER TABLE t RENAME COLUMN a TO A
ALTER TABLE t ADD c INT AFTER id, ADD d INT AFTER c
ALTER TABLE t RENAME u2, RENAME u3
ALTER TABLE t RENAME T
ALTER TABLE t ADD id2 INT, ADD CONSTRAINT FOREIGN KEY (id2) REFERENCES u (id)
"""
REFUSED = """
1054 ALTER TABLE t ADD d INT AFTER e, ADD e INT
1054 ALTER TABLE t MODIFY a BIGINT AFTER a
1054 ALTER TABLE t ADD c INT AFTER c
1054 ALTER TABLE t CHANGE a c INT AFTER c
1091 ALTER TABLE t DROP COLUMN nope
1091 ALTER TABLE t DROP nope
1091 ALTER TABLE t DROP COLUMN nope, ADD c INT
1060 ALTER TABLE t ADD COLUMN a INT
1060 ALTER TABLE t ADD COLUMN A BIGINT
1060 ALTER TABLE t ADD COLUMN c INT, ADD COLUMN c INT
1054 ALTER TABLE t MODIFY nope BIGINT
1054 ALTER TABLE t CHANGE nope x BIGINT
1054 ALTER TABLE t RENAME COLUMN nope TO x
1054 ALTER TABLE t ALTER COLUMN nope SET DEFAULT 1
1054 ALTER TABLE t ALTER nope DROP DEFAULT
1060 ALTER TABLE t RENAME COLUMN a TO b
1060 ALTER TABLE t CHANGE a b BIGINT
1054 ALTER TABLE t ADD c INT AFTER nope
1054 ALTER TABLE t MODIFY a BIGINT AFTER nope
1072 ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, nope)
1072 ALTER TABLE k ADD PRIMARY KEY (nope)
1072 ALTER TABLE t ADD INDEX (nope)
1072 CREATE INDEX x ON t (nope)
1072 CREATE UNIQUE INDEX x ON t (nope)
1050 RENAME TABLE t TO u
1050 ALTER TABLE t RENAME TO u
1050 CREATE TABLE t (id INT)
1050 CREATE TABLE t LIKE u
1060 CREATE TABLE x (id INT, id INT)
1060 CREATE TABLE x (id INT, ID BIGINT)
1072 CREATE TABLE x (id INT, PRIMARY KEY (nope))
1090 ALTER TABLE t DROP COLUMN id, DROP COLUMN a, DROP COLUMN b
1091 ALTER TABLE t DROP a, DROP a
1054 ALTER TABLE t DROP a, MODIFY a BIGINT
1091 ALTER TABLE t ADD c INT, DROP c
1054 ALTER TABLE t RENAME COLUMN a TO c, DROP COLUMN a
1054 ALTER TABLE t RENAME COLUMN a TO c, MODIFY c BIGINT
1054 ALTER TABLE t RENAME COLUMN a TO c, MODIFY a BIGINT
1054 ALTER TABLE t CHANGE a c INT, ADD d INT AFTER a
1054 ALTER TABLE t ADD d INT AFTER a, CHANGE a c INT
1054 ALTER TABLE t DROP a, ADD d INT AFTER a
1054 ALTER TABLE t MODIFY a BIGINT, MODIFY a INT
1054 ALTER TABLE t MODIFY a BIGINT, ALTER a SET DEFAULT 3
1054 ALTER TABLE t RENAME COLUMN a TO c, ALTER c SET DEFAULT 3
1054 ALTER TABLE t RENAME COLUMN a TO c, ALTER a SET DEFAULT 3
1054 ALTER TABLE t ADD c INT, ALTER c SET DEFAULT 3
1054 ALTER TABLE t ADD c INT, MODIFY c BIGINT
1054 ALTER TABLE t ADD c INT, CHANGE c d BIGINT
1054 ALTER TABLE t ADD c INT, RENAME COLUMN c TO d
1072 ALTER TABLE t RENAME COLUMN a TO c, ADD INDEX (a)
1072 ALTER TABLE t DROP a, ADD INDEX (a)
1050 RENAME TABLE t TO t
1072 CREATE TABLE x (id INT, KEY (nope))
1072 CREATE TABLE x (id INT, UNIQUE (id, nope))
1072 CREATE TABLE x (id INT, b VARCHAR(9), FULLTEXT (nope))
1060 ALTER TABLE t ADD COLUMN (c INT, a INT), DROP b
1060 ALTER TABLE t DROP PRIMARY KEY, ADD id INT
1072 ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (nope) REFERENCES u (id)
1060 ALTER TABLE t ADD `a` INT
1091 ALTER TABLE t DROP COLUMN `nope`
1054 ALTER TABLE t ALTER a SET DEFAULT 3, MODIFY a BIGINT
1054 ALTER TABLE t ALTER a SET DEFAULT 3, ALTER a DROP DEFAULT
1054 ALTER TABLE t ALTER a SET DEFAULT 3, DROP a
1054 ALTER TABLE t DROP a, ALTER a SET DEFAULT 3
1054 ALTER TABLE t MODIFY a BIGINT, RENAME COLUMN a TO c
1054 ALTER TABLE t RENAME COLUMN a TO c, MODIFY a INT
1054 ALTER TABLE t MODIFY a BIGINT, DROP a
1054 ALTER TABLE t ALTER a SET DEFAULT 3, RENAME COLUMN a TO c
1054 ALTER TABLE t CHANGE a c INT AFTER a
"""
# What MySQL's table t has afterwards.
ORDER = """
id c d b: ADD d INT AFTER c, CHANGE a c INT
c id b: MODIFY id BIGINT AFTER c, CHANGE a c INT
b x id a: MODIFY b BIGINT FIRST, ADD x INT AFTER B
id a y x z b: ADD x INT AFTER a, ADD y INT AFTER a, ADD z INT AFTER x
id b a q: MODIFY a INT AFTER b, ADD q INT AFTER a
id q b a: ADD q INT AFTER a, MODIFY a INT AFTER b
r id b q a: ADD q INT, MODIFY a INT AFTER q, ADD r INT FIRST
id a b: DROP a, ADD a INT AFTER id
id b a: DROP a, ADD a INT
a i b: CHANGE id i INT AFTER a
id c d b: ADD d INT AFTER c, RENAME COLUMN a TO c
x id y: CHANGE a x INT FIRST, CHANGE b y INT AFTER id
id b a: RENAME COLUMN a TO b, RENAME COLUMN b TO a
id b a: MODIFY `b` INT AFTER `ID`
id a b x z y: ADD (x INT, y INT), ADD z INT AFTER x
id b a: MODIFY id INT, MODIFY b INT AFTER id, MODIFY a INT AFTER b
id b: DROP b, CHANGE a b INT AFTER id
id b: CHANGE a b INT, DROP b
y x id a b: ADD x INT FIRST, ADD y INT FIRST
b x id y a: ADD x INT FIRST, MODIFY b INT FIRST, ADD y INT AFTER id
"""


@pytest.mark.parametrize("sql", TAKEN.strip().splitlines())
def test_what_mysql_takes(sql: str) -> None:
    assert refusal(sql, "d", TABLES.get) is None


@pytest.mark.parametrize("line", REFUSED.strip().splitlines())
def test_what_mysql_refuses(line: str) -> None:
    error, sql = line.split(" ", 1)
    assert f"(error {error})" in str(refusal(sql, "d", TABLES.get))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE t /*!80000 DROP nope, */ ADD c INT",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT",
        "ALTER TABLE k DROP my_row_id",
        "ALTER TABLE nope DROP a",
        "ALTER TABLE t COMMENT = ', DROP COLUMN nope', ADD `x, DROP y` INT",
        "ALTER TABLE t DROP INDEX a, DROP FOREIGN KEY b, DROP CHECK c, DROP CONSTRAINT d, DROP PARTITION p",
        "ALTER TABLE t ALTER INDEX nope VISIBLE, ALTER CHECK nope ENFORCED, RENAME INDEX nope TO other",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0), ADD PARTITION (PARTITION p VALUES IN (1))",
        "ALTER TABLE t ADD FULLTEXT KEY (b), ADD SPATIAL INDEX s (a), ADD UNIQUE (a, b), ADD INDEX ((a + nope))",
        "ALTER TABLE`t`ADD`c`INT,ADD`d`INT AFTER`c`,DROP`b`",
        "CREATE TABLE x SELECT a FROM t",
        "CREATE TABLE x (LIKE t)",
        "CREATE TABLE other.t (id INT)",
        "CREATE TABLE x (`key` INT, KEY (`key`), CHECK (id > 1), CONSTRAINT FOREIGN KEY (`key`) REFERENCES t (a))",
        "INSERT INTO t VALUES (1)",
        "",
    ],
)  # fmt: skip
def test_nothing_is_told_that_is_not_certain(sql: str) -> None:
    assert refusal(sql, "d", TABLES.get) is None


def test_a_collation_that_only_mariadb_has() -> None:
    told = refusal("CREATE TABLE x (a INT) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci", "d", TABLES.get)
    assert told == "there is no collation utf8mb4_uca1400_ai_ci but in MariaDB (error 1273)"


def test_a_column_of_the_model_in_two_spellings_is_one() -> None:
    assert refusal("ALTER TABLE w ADD x INT", "d", {"d.w": ["AA", "aa"]}.get) is None


def test_the_words_name_table_and_column() -> None:
    told = refusal("ALTER TABLE `d`.`t` DROP COLUMN `no``pe`", "other", TABLES.get)
    assert told == "d.t has no column no`pe (error 1091)"
    assert refusal("RENAME TABLE t TO v, t TO w", "d", TABLES.get) == "d.t has been renamed by then (error 1146)"
    told = refusal("ALTER TABLE t ADD A INT", "d", TABLES.get)
    assert told == "d.t would have two columns a (error 1060)"


@pytest.mark.parametrize("line", ORDER.strip().splitlines())
def test_where_columns_come_to_stand(line: str) -> None:
    columns, clauses = line.split(": ", 1)
    assert columns_after(f"ALTER TABLE t {clauses}", TABLES["d.t"]) == columns.split()
