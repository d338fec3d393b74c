"""A rule: its code and words, and the function that looks."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from cdcctl.errors import InputError
from cdcctl.lint.configuration import Configuration, Kind, Setup

Severity = Literal["error", "warning", "note"]
# The higher, the worse: error stops the pipeline or loses rows, warning goes wrong one day, note is worth knowing.
RANK: dict[Severity, int] = {"note": 0, "warning": 1, "error": 2}


@dataclass(frozen=True)
class Edit:
    """One change of a flat configuration: set ``key``, remove it (``value`` None) or give its value to ``rename``."""

    key: str
    value: str | None = None
    rename: str | None = None


@dataclass(frozen=True)
class Problem:
    """What a rule found.

    :param message: what is wrong here, one sentence without a full stop; never a value that may be secret.
    :param key: the property that causes it; None for the configuration as a whole.
    :param fix: the edits that cure it, where the cure is mechanical.
    """

    message: str
    key: str | None = None
    fix: tuple[Edit, ...] = ()


Check = Callable[[Configuration, Setup], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """What a code means.

    :param source: how it is known: a page, a class, a proposal, or that it was measured.
    """

    code: str
    severity: Severity
    judges: tuple[Kind, ...]
    title: str
    why: str
    source: str
    cure: str


RULES: dict[str, Rule] = {}
CHECKS: dict[str, Check] = {}


def rule(
    code: str, severity: Severity, judges: tuple[Kind, ...], *, title: str, why: str, source: str, cure: str
) -> Callable[[Check], Check]:
    """Register the decorated function as the rule of ``code``; it is called with each configuration of ``judges``."""

    def register(check: Check) -> Check:
        add(Rule(code, severity, judges, title, why, source, cure))
        CHECKS[code] = check
        return check

    return register


def add(one: Rule) -> Rule:
    """Register a rule that no function of its own checks."""
    if one.code in RULES:
        raise ValueError(f"{one.code} is taken")
    RULES[one.code] = one
    return one


def put(key: str, value: str) -> tuple[Edit, ...]:
    """The fix that sets a property."""
    return (Edit(key, value),)


def drop(*keys: str) -> tuple[Edit, ...]:
    """The fix that removes properties."""
    return tuple(Edit(key) for key in keys)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """The most similar of the known words."""
    near = difflib.get_close_matches(word, list(known), 1, cutoff)
    return near[0] if near else None


def unknown_code(code: str, known: Iterable[str]) -> InputError:
    """The error that ``code`` is none, with the nearest one."""
    near = nearest(code.upper(), known, 0.5)
    hint = f"did you mean {near}?" if near else "cdcctl explain lists them"
    return InputError(f"there is no code {code!r}", hint=hint)
