"""The steps of a scenario: what scenario.yaml may say, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from cdcctl.errors import UsageError
from cdcctl.verify.faults import catalogue
from cdcctl.verify.findings import code_by_name

StepKind = Literal["sql", "drain", "backfill", "deploy", "fault", "stops", "restart", "compatibility", "replay"]
_WORDS = frozenset({"drain", "deploy", "replay"})
_MODES = ("NONE", "BACKWARD", "BACKWARD_ALL", "FORWARD", "FORWARD_ALL", "FULL", "FULL_ALL", "DISABLED")
_CHOICES: Mapping[str, tuple[str, ...]] = {"restart": ("source", "sink"), "compatibility": _MODES}


class StepModel(BaseModel):
    """Base of what scenario.yaml holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _fault_name(value: Any) -> Any:
    try:
        return catalogue.kind(str(value)).name
    except UsageError as error:
        raise ValueError(f"{error.message} ({error.hint})") from None


class Fault(StepModel):
    """Something that goes wrong, and is over when the step is.

    :ivar strike: a name of :mod:`cdcctl.verify.faults.catalogue`.
    :ivar after: seconds after the step before.
    :ivar seconds: how long it lasts; None: as long as the catalogue says.
    :ivar sql: the file that is run while it lasts.
    """

    strike: Annotated[str, BeforeValidator(_fault_name)]
    after: float = Field(0, ge=0, le=600)
    seconds: float | None = Field(None, ge=0, le=600)
    sql: str | None = None

    @property
    def kind(self) -> catalogue.Kind:
        """What it is."""
        return catalogue.KINDS[self.strike]

    @property
    def lasts(self) -> float:
        """Seconds."""
        return self.kind.seconds if self.seconds is None else self.seconds

    @property
    def words(self) -> str:
        """In one line."""
        after = f", {self.after:g} s later" if self.after else ""
        lasts = f", for {self.lasts:g} s" if self.lasts else ""
        return f"{self.strike}{after}{lasts}" + (f", during {self.sql}" if self.sql else "")

    @field_validator("sql")
    @classmethod
    def _there(cls, sql: str | None, info: ValidationInfo) -> str | None:
        _require_file(sql, info)
        name = info.data.get("strike")
        if sql and name and not catalogue.KINDS[name].spares_sql:
            raise ValueError(f"statements cannot be run during {name}: one would be lost with the server")
        return sql


class Step(StepModel):
    """One step.

    :ivar argument: the SQL file, the table, the code, the connector or the mode.
    :ivar beside: of ``sql``: files that run at the same time, each in a session of its own.
    """

    kind: StepKind
    argument: str | None = None
    beside: tuple[str, ...] = ()
    fault: Fault | None = None

    @property
    def words(self) -> str:
        """The step as it is written in the file."""
        if self.fault:
            return f"{self.kind}: {self.fault.words}"
        return f"{self.kind}: {', '.join((self.argument, *self.beside))}" if self.argument else self.kind

    @property
    def runs_sql(self) -> bool:
        """Whether statements are run in it."""
        return self.kind == "sql" or bool(self.fault and self.fault.sql)

    @field_validator("argument")
    @classmethod
    def _fits(cls, argument: str | None, info: ValidationInfo) -> str | None:
        kind = str(info.data.get("kind"))
        if kind == "sql":
            _require_file(argument, info)
        if kind == "backfill" and argument and argument.count(".") != 1:
            raise ValueError(f"{argument!r} is not database.table")
        if kind in _CHOICES and argument not in _CHOICES[kind]:
            raise ValueError(f"{kind}: {argument!r} is none of {', '.join(_CHOICES[kind])}")
        return code_by_name(argument) if kind == "stops" else argument

    @field_validator("beside")
    @classmethod
    def _all_there(cls, beside: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for each in beside:
            _require_file(each, info)
        return beside


def _require_file(name: str | None, info: ValidationInfo) -> None:
    folder = (info.context or {}).get("folder")
    if name and folder and not (folder / name).is_file():
        raise ValueError(f"there is no file {name} in {folder}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def step(value: Any) -> Any:
    """``drain``, ``deploy`` and ``replay`` are words, the others pairs such as ``sql: FILE``."""
    if isinstance(value, Step):
        return value
    if isinstance(value, str) and value in _WORDS:
        return {"kind": value}
    if isinstance(value, Mapping) and len(value) == 1:
        [(kind, argument)] = value.items()
        if (
            kind == "sql"
            and isinstance(argument, list)
            and argument
            and all(isinstance(each, str) for each in argument)
        ):
            return {"kind": kind, "argument": argument[0], "beside": tuple(argument[1:])}
        if kind == "fault" and argument:
            return {"kind": kind, "fault": {"strike": argument} if isinstance(argument, str) else argument}
        if kind in get_args(StepKind) and kind not in (*_WORDS, "fault") and isinstance(argument, str) and argument:
            return {"kind": kind, "argument": argument}
    raise ValueError(
        "not a step: write one of 'sql: FILE', 'drain', 'backfill: TABLE', 'deploy', 'fault: NAME', 'stops: CODE', "
        f"'restart: CONNECTOR', 'compatibility: MODE', 'replay' (found {value!r})"
    )
