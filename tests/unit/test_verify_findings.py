import re
from pathlib import Path

import pytest

import cdcctl.verify
from cdcctl.errors import InputError
from cdcctl.verify.findings import BY_SLUG, RULES, Example, Finding, code_of, rule


@pytest.mark.parametrize("each", RULES.values(), ids=lambda each: each.code)
def test_every_code_says_what_why_and_what_to_do(each) -> None:
    assert re.fullmatch(r"VER\d{3}", each.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.slug)
    assert each.severity in {"difference", "known", "note"}
    assert each.title
    assert each.why.endswith(".")
    assert each.cure.endswith(".")


def test_codes_and_slugs_are_unique() -> None:
    assert len(RULES) == len(BY_SLUG)


def test_every_slug_the_code_names_exists() -> None:
    source = "".join(path.read_text() for path in Path(cdcctl.verify.__file__).parent.rglob("*.py"))
    named = set(re.findall(r'code_of\("([a-z-]+)"\)', source))
    assert named
    assert named <= BY_SLUG.keys()


def test_an_unknown_code_is_an_input_error() -> None:
    with pytest.raises(InputError, match="VER999"):
        rule("VER999")


def test_a_finding_as_json_says_what_it_means() -> None:
    finding = Finding(code_of("value-different"), "db.t", "c", 1, examples=(Example("id=1", "a", None),))
    data = finding.to_dict()
    assert (data["code"], data["slug"], data["column"], data["rows"]) == ("VER004", "value-different", "c", 1)
    assert data["examples"] == [{"key": "id=1", "mysql": "a", "parquet": None}]
    assert data["why"]
    assert "detail" not in data
