"""Every stable code that cdcctl reports, with its meaning: what ``cdcctl explain`` prints and docs/rules.md lists.

A part of cdcctl that reports codes has its own catalogue; here they meet. Another one joins by a function below that
turns its rules into :class:`Code`, and its name in ``_CATALOGUES``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from cdcctl.errors import InputError
from cdcctl.evolve.rules import RULES as EVOLVE_RULES
from cdcctl.lint.catalogue import rules, theme_of
from cdcctl.verify.findings import RULES as VERIFY_RULES


@dataclass(frozen=True)
class Code:
    """What one code means.

    :param group: the heading under which it is documented.
    :param slug: its name in words, where it has one.
    :param source: how it is known, where that is told apart from why.
    """

    code: str
    group: str
    severity: str
    title: str
    why: str
    cure: str
    slug: str | None = None
    source: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the code as JSON."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def to_text(self) -> str:
        """What is said of it, in paragraphs."""
        source = f"\n\nSource: {self.source}." if self.source else ""
        return f"{self.code} ({self.severity}): {self.title}\n\n{self.why}{source}\n\nCure: {self.cure}"


def _of_lint() -> list[Code]:
    return [
        Code(
            each.code,
            f"Lint: {theme_of(each.code)}",
            each.severity,
            each.title,
            each.why,
            each.cure,
            source=each.source,
        )
        for each in rules().values()
    ]


def _of_verify() -> list[Code]:
    return [
        Code(each.code, "Verify", each.severity, each.title, each.why, each.cure, slug=each.slug)
        for each in VERIFY_RULES.values()
    ]


def _of_evolve() -> list[Code]:
    return [
        Code(each.code, "Evolve", each.severity, each.title, each.why, each.cure, slug=each.slug)
        for each in EVOLVE_RULES.values()
    ]


_CATALOGUES: tuple[Callable[[], list[Code]], ...] = (_of_lint, _of_evolve, _of_verify)


def all_codes() -> list[Code]:
    """Every code, catalogue by catalogue."""
    return [code for catalogue in _CATALOGUES for code in catalogue()]


def explain(name: str) -> Code:
    """The code of this name, in either case, or with this slug.

    :raises InputError: there is none; the hint names the nearest.
    """
    known = {each.code.lower(): each for each in all_codes()} | {each.slug: each for each in all_codes() if each.slug}
    found = known.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), [each for each in known if each], 1, 0.5)
        hint = f"did you mean {known[near[0]].code}?" if near else "'cdcctl explain' lists all codes"
        raise InputError(f"there is no code {name!r}", hint=hint)
    return found
