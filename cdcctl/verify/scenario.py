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
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from cdcctl.documents import Document, invalid, read_document
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, parse
from cdcctl.resources import data_folder
from cdcctl.verify.findings import BY_SLUG, RULES, Finding

PIPELINE_FILE = "pipeline.yaml"
SCENARIO_FILE = "scenario.yaml"
# What an incremental snapshot of the table cures.
CURED = frozenset(BY_SLUG[slug].code for slug in ("unbackfilled-column", "column-split", "unit-changed"))
StepKind = Literal["sql", "drain", "backfill", "deploy"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _code(value: Any) -> Any:
    """A finding may be named by its code or by its slug."""
    if isinstance(value, str) and value in BY_SLUG:
        return BY_SLUG[value].code
    if value not in RULES:
        near = difflib.get_close_matches(str(value), [*RULES, *BY_SLUG], 1)
        raise ValueError(f"no such code: {value!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return value


Code = Annotated[str, BeforeValidator(_code)]


class ExpectedFinding(_Model):
    """A finding that must be there; where ``rows`` is given, for exactly as many rows."""

    code: Code
    table: str
    column: str | None = None
    rows: int | None = Field(None, ge=1)


class ExpectedVersions(_Model):
    """How many schema versions a table's topic must have in the two registries."""

    keys: int = Field(ge=0)
    values: int = Field(ge=0)


class ExpectedFailure(_Model):
    """What must stop the scenario, by its code; ``message`` must be part of what is reported."""

    code: Code
    message: str | None = None


class Expectations(_Model):
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
            ExpectedFinding(code="column-kept", table=str(each.table), column=each.detail, rows=None)
            for each in cured
            if each.rule.slug == "column-split"
        ]
        return self.model_copy(
            update={
                # Sent by a snapshot, rows may show other things, or fewer, than through the binlog.
                "findings": [each.model_copy(update={"rows": None}) if each.table in again else each for each in left]
                + renamed,
                "events": {table: events for table, events in self.events.items() if table not in again},
            }
        )


class Step(_Model):
    """One step; ``argument`` is the SQL file or the table."""

    kind: StepKind
    argument: str | None = None

    @property
    def words(self) -> str:
        """The step as it is written in the file."""
        return f"{self.kind}: {self.argument}" if self.argument else self.kind

    @field_validator("argument")
    @classmethod
    def _there(cls, argument: str | None, info: ValidationInfo) -> str | None:
        kind, folder = info.data.get("kind"), (info.context or {}).get("folder")
        if kind == "sql" and argument and folder and not (folder / argument).is_file():
            raise ValueError(f"there is no file {argument} in {folder}")
        if kind == "backfill" and argument and argument.count(".") != 1:
            raise ValueError(f"{argument!r} is not database.table")
        return argument


def _step(value: Any) -> Any:
    """``drain`` and ``deploy`` are words, ``sql: FILE`` and ``backfill: TABLE`` pairs."""
    if isinstance(value, Step):
        return value
    if isinstance(value, str) and value in {"drain", "deploy"}:
        return {"kind": value, "argument": None}
    if isinstance(value, Mapping) and len(value) == 1:
        [(kind, argument)] = value.items()
        if kind in {"sql", "backfill"} and isinstance(argument, str) and argument:
            return {"kind": kind, "argument": argument}
    raise ValueError(f"not a step: write one of 'sql: FILE', 'drain', 'backfill: TABLE', 'deploy' (found {value!r})")


class _File(_Model):
    """scenario.yaml."""

    description: str = ""
    pipeline: dict[str, Any] = Field(default_factory=dict)
    steps: list[Annotated[Step, BeforeValidator(_step)]] = Field(min_length=1)
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
        early = [step.words for step in steps[:start] if step.kind in {"drain", "backfill"}]
        if early:
            raise ValueError(f"'{early[0]}' stands before the pipeline is deployed")
        return steps


@dataclass(frozen=True)
class Scenario:
    """A scenario ready to be run; every step is spelled out, ``deploy`` included."""

    name: str
    folder: Path
    description: str
    steps: tuple[Step, ...]
    expect: Expectations
    documents: tuple[Document, ...]

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
    return Scenario(_name(folder), folder, file.description, _with_deploy(file.steps), file.expect, documents)


def shipped() -> list[Scenario]:
    """The scenarios that come with cdcctl, by name."""
    return [load(path.parent) for path in sorted(data_folder("integration").glob(f"*/{PIPELINE_FILE}"))]


def select(words: Sequence[str]) -> list[Scenario]:
    """The scenarios that the words name: shipped ones, ``all`` of them, or a user's own folders; each once, in order.

    :raises InputError: a word that is neither, with the nearest names.
    """
    known = {path.parent.name: path.parent for path in sorted(data_folder("integration").glob(f"*/{PIPELINE_FILE}"))}
    folders: list[Path] = []
    for word in words:
        folders += known.values() if word == "all" else [_folder(word, known)]
    return [load(folder) for folder in dict.fromkeys(folder.resolve() for folder in folders)]


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
