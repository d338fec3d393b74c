"""``cdcctl bootstrap``: which parameters a stack gets, and what is no template."""

from __future__ import annotations

from pathlib import Path

import pytest
from bootstrap_stack import SMALL, TEMPLATE

from cdcctl.bootstrap.template import chosen_parameters, load_template, read_template
from cdcctl.errors import InputError, UsageError


def test_parameters_stay_unless_they_are_given():
    present = {"Name": "movies", "Days": "9", "Gone": "x"}
    assert chosen_parameters(TEMPLATE, "movies", [], present) == {"Name": "movies", "Days": None}
    assert chosen_parameters(TEMPLATE, "movies", ["Days=a=b"], present) == {"Name": "movies", "Days": "a=b"}
    # A new stack takes the template's defaults.
    assert chosen_parameters(TEMPLATE, "movies", [], {}) == {"Name": "movies"}


@pytest.mark.parametrize(
    ("setting", "said"),
    [("Days", "is not KEY=VALUE"), ("Dayz=3", "no parameter Dayz"), ("Name=other", "differs from the name")],
)
def test_wrong_settings(setting, said):
    with pytest.raises(UsageError, match=said):
        chosen_parameters(TEMPLATE, "movies", [setting], {})


def test_a_value_that_must_be_given():
    template = read_template("t", "Parameters: {Who: {Type: String}}\nResources: {A: {Type: 'AWS::S3::Bucket'}}")
    with pytest.raises(UsageError, match="Who has no value"):
        chosen_parameters(template, "movies", [], {})
    assert chosen_parameters(template, "movies", ["Who=me"], {}) == {"Who": "me"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "not valid YAML"), ("just words", "has no Resources"), ("Resources: {}", "no Resources"), ("", "no Res")],
)
def test_what_is_no_template(tmp_path: Path, text, said):
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        load_template(file)


def test_a_template_that_is_not_there_or_too_long(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        load_template(tmp_path / "none.yaml")
    (tmp_path / "long.yaml").write_text(SMALL + "# " + "x" * 51_200)
    with pytest.raises(InputError, match="more than 51200 bytes"):
        load_template(tmp_path / "long.yaml")
