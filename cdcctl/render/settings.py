"""Settings: keys of the pipeline file and the properties they become, as tables that are read in both directions.

Each connector's module has a table; rendering writes it (:func:`written`), ``cdcctl import`` reads it (:func:`read`).
A new key of the pipeline file that is one property is one line there, and nothing else. What is more than that, such
as a list of tables or a chain of transforms, is a pair of functions in one file: one that writes, and beside it one
that reads and is called like it with ``_of``. What is rendered without being chosen and changes nothing of what is
written is named as harmless in ``cdcctl/importing/meaning.py``; import keeps everything else as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

_MB = 1024 * 1024
# Path below the pipeline, or below the part of it that is meant → value.
Found = dict[tuple[str, ...], Any]
# Property → what the connector takes where it is not set; None: nothing that is known.
DefaultOf = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Form:
    """How a value is written as text, and read again; reading raises ValueError for what is no such value."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def split(text: str) -> list[str]:
    """The parts of a comma-separated value."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _number(text: str) -> int:
    # int() also takes underscores and the digits of every script.
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 18:
        raise ValueError(text)
    return int(text)


def _span(text: str) -> int | None:
    return None if _number(text) < 0 else _number(text)


def _megabytes(text: str) -> int:
    megabytes, rest = divmod(_number(text), _MB)
    if rest:
        raise ValueError(text)
    return megabytes


TEXT = Form(str, str)
FLAG = Form(lambda value: "true" if value else "false", _flag)
NUMBER = Form(str, _number)
# A time that may be switched off: None in the file, -1 on the wire.
SPAN = Form(str, _span)
NAMES = Form(",".join, split)
MEGABYTES = Form(lambda value: str(value * _MB), _megabytes)


def words(names: Mapping[str, str]) -> Form:
    """Our word → the connector's."""
    ours = {theirs: own for own, theirs in names.items()}

    def read_word(text: str) -> str:
        if text not in ours:
            raise ValueError(text)
        return ours[text]

    return Form(names.__getitem__, read_word)


ALWAYS: Any = object()


def _every(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Setting:
    """One key of the file and its property. What is None is never written.

    :ivar path: of the key, with dots, below the part of the file that the table is about.
    :ivar omit: the value that needs no words, being the connector's own default; None: only what is chosen is written.
    :ivar when: whether it is written at all, by the part of the file that the table is about.
    """

    path: str
    key: str
    form: Form = TEXT
    omit: Any = ALWAYS
    when: Callable[[Any], bool] = _every


def written(table: Iterable[Setting], part: BaseModel) -> dict[str, str]:
    """The properties of a table."""
    values = [(each, value_at(part, each.path)) for each in table if each.when(part)]
    return {each.key: each.form.write(value) for each, value in values if value is not None and value != each.omit}


def read(table: Iterable[Setting], config: Mapping[str, str], default_of: DefaultOf) -> Found:
    """What the properties say, by path. What is not set is what the connector takes then, unless nobody chooses that.

    What cannot be read is left out.
    """
    return dict(_read(table, config, default_of))


def _read(
    table: Iterable[Setting], config: Mapping[str, str], default_of: DefaultOf
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for each in table:
        text = config.get(each.key)
        if text is None and each.omit is not None:
            text = default_of(each.key)
        if text is None or (text == "" and each.form is not NAMES):
            continue
        try:
            yield tuple(each.path.split(".")), each.form.read(text)
        except ValueError:
            continue


def value_at(part: Any, path: str) -> Any:
    """The value at a path; None where something on the way is."""
    for step in path.split("."):
        part = None if part is None else getattr(part, step)
    return part


def laid_over(config: Mapping[str, str], properties: Mapping[str, str | None]) -> dict[str, str]:
    """Raw properties over rendered ones; null takes a rendered one away.

    What belongs to something that they replace goes with it: options of a converter of another class, options of
    transforms that are no longer in the chain, and the one of ``topics`` and ``topics.regex`` that is not given.
    """
    rendered = {key: value for key, value in config.items() if not _replaced(key, config, properties)}
    merged = {**rendered, **properties}
    return {key: value for key, value in sorted(merged.items()) if value is not None}


def _replaced(key: str, config: Mapping[str, str], properties: Mapping[str, str | None]) -> bool:
    for side in ("key.converter", "value.converter"):
        if key.startswith(f"{side}.") and properties.get(side, config.get(side)) != config.get(side):
            return True
    if key.startswith("transforms.") and "transforms" in properties:
        return key.split(".")[1] not in split(properties["transforms"] or "")
    other = {"topics": "topics.regex", "topics.regex": "topics"}.get(key)
    return other is not None and properties.get(other) is not None


def below(prefix: Sequence[str], found: Found) -> Found:
    """The same below another path."""
    return {(*prefix, *path): value for path, value in found.items()}
