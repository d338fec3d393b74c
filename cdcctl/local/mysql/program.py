"""A mysqld that can be run on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """How to run one build of mysqld.

    ``argv`` is the command with the options that only this build needs; ``build`` differs whenever the bytes do.
    """

    name: str
    argv: tuple[str, ...]
    version: str
    build: str


def run_as() -> tuple[str, ...]:
    """The option without which mysqld refuses to run as root; nothing for anybody else."""
    return ("--user=root",) if os.geteuid() == 0 else ()
