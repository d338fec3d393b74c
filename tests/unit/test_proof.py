"""What scripts/prove-predictions runs on a live pipeline can be read and is what it seems; the proof is run by hand."""

from __future__ import annotations

from pathlib import Path

from tests.proof import run  # noqa: F401 (so that it is imported at least)
from tests.proof.cases import DATA, files, matrix


def test_every_row_of_the_matrix_is_a_case_with_a_database_of_its_own() -> None:
    cases = matrix()
    assert {case.label for case in cases} == {f"row {row}" for row in range(1, 63)}
    assert len({case.database for case in cases}) == len(cases)
    assert all(case.setup and case.statements for case in cases)


def test_files_are_cases_without_what_is_about_rows_or_other_databases(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(
        "CREATE DATABASE x; USE x; CREATE TABLE t (id INT); INSERT INTO t VALUES (1);\n"
        "DELIMITER $$\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.id = 2; END$$\n"
    )
    (case,) = files([tmp_path])
    assert [sql.split(" ")[1] for sql in case.statements] == ["TABLE", "TRIGGER"]
    assert case.label == "a"


def test_the_statements_that_come_along_are_many() -> None:
    assert sum(len(case.statements) for case in files([DATA / "statements"])) > 200
