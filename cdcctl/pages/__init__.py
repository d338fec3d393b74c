"""Pages that stand alone, one file each: made by Jinja from a template, with a style that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcctl.errors import LocalEnvironmentError

if TYPE_CHECKING:
    from jinja2 import Template


def template(path: Path, **filters: Callable[..., Any]) -> Template:
    """A template, whose values never become markup. It takes the style in by ``{% include "style.css" %}``.

    :param filters: of its own, beside :func:`thousands`.
    :raises LocalEnvironmentError: Jinja is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise LocalEnvironmentError(
            "writing a page needs Jinja, which is not installed", hint="pip install 'cdcctl[evolve]'"
        ) from None
    environment = Environment(
        loader=FileSystemLoader([path.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters, thousands=thousands)
    return environment.get_template(path.name)


def thousands(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
