"""A scenario: a folder with SQL, the pipeline to replay it through, and what must come out.

The folder holds ``pipeline.yaml`` and either ``scenario.yaml`` or only ``*.sql`` files. Without a scenario.yaml the SQL
files run in name order, everything is drained after each, and nothing but equality is accepted. Where no step says
``deploy``, the pipeline is deployed after the first SQL file: its rows are then read by the snapshot, and all later
ones from the binlog.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from cdcctl.documents import Document, invalid, read_document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.resources import data_folder
from cdcctl.verify.findings import BY_SLUG, Finding, code_by_name
from cdcctl.verify.steps import Step, StepModel, step

PIPELINE_FILE = "pipeline.yaml"
SCENARIO_FILE = "scenario.yaml"
# What an incremental snapshot of the table cures.
CURED = frozenset(BY_SLUG[slug].code for slug in ("unbackfilled-column", "column-split", "unit-changed"))


Code = Annotated[str, BeforeValidator(code_by_name)]


class ExpectedFinding(StepModel):
    """A finding that must be there; where ``rows`` is given, for exactly as many rows."""

    code: Code
    table: str
    column: str | None = None
    rows: int | None = Field(None, ge=1)


class ExpectedVersions(StepModel):
    """How many schema versions a table's topic must have in the two registries."""

    keys: int = Field(ge=0)
    values: int = Field(ge=0)


class ExpectedFailure(StepModel):
    """What must stop the scenario, by its code; ``message`` must be part of what is reported."""

    code: Code
    message: str | None = None


class Expectations(StepModel):
    """What must come out beside equality; tables are written ``database.table``."""

    findings: list[ExpectedFinding] = Field(default_factory=list)
    versions: dict[str, ExpectedVersions] = Field(default_factory=dict)
    events: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="events in the table's topic, snapshot rows included"
    )
    failure: ExpectedFailure | None = None

    def again(self) -> Expectations:
        """What to expect of a pipeline that was kept, and may have been written to since: the same findings at most."""
        return self.model_copy(update={"versions": {}, "events": {}})

    def after_backfill(self, tables: Iterable[str], cured: Iterable[Finding] = ()) -> Expectations:
        """What is left to expect once these tables were sent again: the cured findings are gone, events are more.

        :param cured: findings that this cures; the old name of a renamed column is left over.
        """
        again = set(tables)
        left = [each for each in self.findings if each.table not in again or each.code not in CURED]
        renamed = [
            ExpectedFinding(code="column-kept", table=str(each.table), column=name, rows=None)
            for each in cured
            for name in each.old_names
        ]
        return self.model_copy(
            update={
                # Sent by a snapshot, rows may show other things, or fewer, than through the binlog.
                "findings": [each.model_copy(update={"rows": None}) if each.table in again else each for each in left]
                + renamed,
                "events": {table: events for table, events in self.events.items() if table not in again},
            }
        )


class _File(StepModel):
    """scenario.yaml."""

    description: str = ""
    nightly: str = Field("", description="why a push does not wait for it; empty: it does")
    pipeline: dict[str, Any] = Field(default_factory=dict)
    steps: list[Annotated[Step, BeforeValidator(step)]] = Field(min_length=1)
    expect: Expectations = Expectations()

    @field_validator("steps")
    @classmethod
    def _in_order(cls, steps: list[Step]) -> list[Step]:
        kinds = [step.kind for step in steps]
        if "sql" not in kinds:
            raise ValueError("no step runs SQL")
        if kinds.count("deploy") > 1:
            raise ValueError("the pipeline can be deployed once only")
        start = kinds.index("deploy" if "deploy" in kinds else "sql")
        early = [step.words for step in steps[:start] if step.kind not in {"sql", "deploy"}]
        if early:
            raise ValueError(f"'{early[0]}' stands before the pipeline is deployed")
        return steps


@dataclass(frozen=True)
class Scenario:
    """A scenario ready to be run; every step is spelled out, ``deploy`` included.

    :ivar nightly: why ``verify all`` leaves it to the night; empty for one that it runs.
    """

    name: str
    folder: Path
    description: str
    steps: tuple[Step, ...]
    expect: Expectations
    documents: tuple[Document, ...]
    nightly: str = ""

    def pipeline(self, overlays: Iterable[Document] = ()) -> Pipeline:
        """The pipeline, with what the place it runs in dictates laid over it.

        :raises InputError: every problem found.
        """
        return parse([*self.documents, *overlays])


def load(folder: Path) -> Scenario:
    """Read a scenario's folder.

    :raises InputError: every problem found in a file, with file, line and column.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", hint="a scenario is a folder with pipeline.yaml and SQL files")
    base = _pipeline_of(folder)
    path = folder / SCENARIO_FILE
    if not path.is_file():
        return Scenario(_name(folder), folder, "", _by_name(folder), Expectations(), (base,))
    document = read_document(path)
    try:
        file = _File.model_validate(document.data, context={"folder": folder})
    except ValidationError as error:
        raise invalid(error, [document], _File) from None
    overrides = document.data.get("pipeline")
    documents = (base, Document(str(path), overrides)) if overrides else (base,)
    steps = _with_deploy(file.steps)
    return Scenario(_name(folder), folder, file.description, steps, file.expect, documents, file.nightly)


def shipped() -> list[Scenario]:
    """The scenarios that come with cdcctl, by name."""
    return [load(path.parent) for path in sorted(data_folder("integration").glob(f"*/{PIPELINE_FILE}"))]


def select(words: Sequence[str], *, nightly: bool = True) -> list[Scenario]:
    """The scenarios that the words name: shipped ones, ``all`` of them, or a user's own folders; each once, in order.

    :param nightly: whether ``all`` stands for those of the night as well.

    :raises InputError: a word that is neither, with the nearest names.
    """
    known = {path.parent.name: path.parent for path in sorted(data_folder("integration").glob(f"*/{PIPELINE_FILE}"))}
    found: dict[Path, Scenario] = {}
    for word in words:
        for folder in known.values() if word == "all" else [_folder(word, known)]:
            scenario = load(folder.resolve())
            if word != "all" or nightly or not scenario.nightly:
                found.setdefault(scenario.folder, scenario)
    return list(found.values())


def _folder(word: str, known: Mapping[str, Path]) -> Path:
    if word in known:
        return known[word]
    path = Path(word)
    if path.is_dir() or "/" in word:
        return path
    near = difflib.get_close_matches(word, [*known, "all"], 3)
    names = f"did you mean {', '.join(near)}?" if near else f"shipped: {', '.join(known)}, or all"
    raise InputError(f"there is no scenario and no folder {word!r}", hint=names)


def _pipeline_of(folder: Path) -> Document:
    path = folder / PIPELINE_FILE
    if not path.is_file():
        raise InputError(f"{folder} has no {PIPELINE_FILE}", hint="a scenario's folder holds its pipeline file")
    return read_document(path)


def _by_name(folder: Path) -> tuple[Step, ...]:
    files = sorted(path.name for path in folder.glob("*.sql"))
    if not files:
        raise InputError(f"{folder} has neither {SCENARIO_FILE} nor an SQL file", hint="write what should be replayed")
    steps = [step for file in files for step in (Step(kind="sql", argument=file), Step(kind="drain"))]
    return _with_deploy(steps)


def _with_deploy(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Deploy after the first SQL file unless the scenario says when."""
    if any(step.kind == "deploy" for step in steps):
        return tuple(steps)
    first = next(place for place, step in enumerate(steps) if step.kind == "sql") + 1
    return (*steps[:first], Step(kind="deploy"), *steps[first:])


def _name(folder: Path) -> str:
    return folder.resolve().name
