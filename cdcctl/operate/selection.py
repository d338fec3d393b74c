"""Which of a pipeline's connectors a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.render import names


def chosen(pipeline: Pipeline, words: Sequence[str]) -> list[str]:
    """Names of connectors, in the pipeline's order; all of them when none is named.

    :param words: names, or what follows the pipeline's in one, such as ``source``.
    :raises InputError: the pipeline has no such connector.
    """
    known = names.connectors(pipeline)
    whole = [word if word in known else f"{pipeline.name}-{word}" for word in words]
    wrong = [word for word, name in zip(words, whole, strict=True) if name not in known]
    if wrong:
        raise InputError(f"the pipeline has no connector {', '.join(wrong)}", hint=f"it has {', '.join(known)}")
    return [name for name in known if name in whole or not words]
