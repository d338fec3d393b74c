"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(str, Enum):
    """How bad it is. ``UNCHECKED``: it could not be found out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Finding:
    """One line: what is so, and what to do where that is not good."""

    status: Status
    text: str
    cure: str = ""


def ok(text: str) -> Finding:
    """It is as it should be."""
    return Finding(Status.OK, text)


def warn(text: str, cure: str) -> Finding:
    """The pipeline runs, but something may be lost or stop it later."""
    return Finding(Status.WARN, text, cure)


def fail(text: str, cure: str) -> Finding:
    """The pipeline does not run, or loses rows."""
    return Finding(Status.FAIL, text, cure)


def unchecked(text: str, cure: str = "") -> Finding:
    """It could not be found out."""
    return Finding(Status.UNCHECKED, text, cure)
