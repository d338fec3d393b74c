"""A run's reports in the forms that people and machines read them in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cdcctl.errors import UsageError
from cdcctl.whole_file import require_place

if TYPE_CHECKING:
    from cdcctl.verify.report import Report
    from cdcctl.verify.reports.history import Earlier

Format = Literal["html", "junit", "json", "md"]
_SUFFIXES: Mapping[str, Format] = {".html": "html", ".xml": "junit", ".json": "json", ".md": "md"}


def form_of(path: Path) -> Format:
    """The form that a file's name asks for.

    :raises UsageError: none has such an ending.
    """
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"{path}: no report ends like that", hint=f"end it with one of {', '.join(_SUFFIXES)}")
    return _SUFFIXES[path.suffix]


def require_places(out: Sequence[Path]) -> None:
    """Look at the files that reports are to go to, before there are any.

    :raises UsageError: there is no form for a name.
    :raises InputError: one cannot be written.
    """
    for path in out:
        form_of(path)
        require_place(path, hint="choose another --out")


def written(
    reports: Sequence[Report], form: Format, earlier: Earlier | None = None, *, several: bool | None = None
) -> str:
    """All reports as one document, which UTF-8 can hold.

    :param earlier: how long former runs took, for the forms that show it.
    :param several: whether several runs were asked for, however many there are reports of; JSON is an array then.
    """
    if form == "html":
        from cdcctl.verify.reports.html import page

        text = page(reports, earlier or {})
    elif form == "md":
        from cdcctl.verify.reports import markdown

        text = markdown.document(reports, earlier or {})
    elif form == "junit":
        from cdcctl.verify.reports import junit

        text = junit.document(reports)
    else:
        text = as_json(reports, several=len(reports) > 1 if several is None else several)
    # Half of a character, as text cut in a log may end with.
    return text.encode(errors="replace").decode()


def as_json(reports: Sequence[Report], *, several: bool) -> str:
    """One document: of one scenario its object, of several an array."""
    documents = [report.to_dict() for report in reports]
    return json.dumps(documents if several else documents[0], indent=2, ensure_ascii=False) + "\n"
