"""YAML documents: read, laid over one another, and every problem in them told at once with file, line and column."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from cdcctl.errors import InputError, why
from cdcctl.secrets import looks_secret


@dataclass(frozen=True)
class Document:
    """One YAML mapping to be merged, and what to call it in messages. ``data`` may be plain or come from ruamel."""

    name: str
    data: Mapping[str, Any]


def read_document(path: Path) -> Document:
    """Read one YAML file.

    :raises InputError: not there, not readable, not YAML, or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", hint="name the pipeline file with -f") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {why(error)}", hint="give a UTF-8 text file") from None
    return document(str(path), text)


def document(name: str, text: str) -> Document:
    """The YAML document in a text.

    :param name: what to call it in messages.
    :raises InputError: not YAML, or not a mapping.
    """
    try:
        data = YAML(typ="rt").load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        # ruamel repeats the values of a doubled key, which may be secret.
        problem = problem.partition(" with value ")[0]
        raise InputError(f"{name}{where}: not valid YAML: {problem}", hint="correct the file") from None
    except (ValueError, TypeError, RecursionError):
        # A number of thousands of digits, a date that does not exist, a mapping as a key, brackets without end.
        raise InputError(f"{name}: it holds a value that cannot be read", hint="correct the file") from None
    if data is None:
        raise InputError(f"{name} is empty", hint="start with name:, source: …")
    if not isinstance(data, Mapping):
        raise InputError(f"{name}: expected a mapping of keys at the top", hint="start with name:, source: …")
    return Document(name, data)


def as_text(value: Any) -> Any:
    """Properties are text on the wire; YAML's numbers and booleans are taken as they are written in one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


Steps = tuple[int | str, ...]


def invalid(error: ValidationError, documents: Sequence[Document], model: type[BaseModel]) -> InputError:
    """Every problem that pydantic found, in words, each with its file, line and column."""
    return refusal([line(path, message, documents) for path, message in problems(error, model)], documents)


def refusal(lines: Sequence[str], documents: Sequence[Document]) -> InputError:
    """The error that tells of all problems of some documents."""
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    names = ", ".join(dict.fromkeys(document.name for document in documents))
    return InputError(f"{count} in {names}", hint="correct these and run again", details=lines)


def problems(error: ValidationError, model: type[BaseModel]) -> list[tuple[Steps, str]]:
    """The problems that pydantic found: path in the document, and message."""
    found = []
    for problem in error.errors(include_url=False):
        path, above = _walk(problem["loc"], model)
        if problem["type"] == "union_tag_invalid":
            path = (*path, "type")
        found.append((path, _message(problem, path, above)))
    return found


def line(path: Steps, message: str, documents: Sequence[Document]) -> str:
    """``file:line:column: key: message``."""
    return f"{position(path, documents)}{'.'.join(map(str, path)) or 'the file'}: {message}"


def merge(into: dict[str, Any], data: Mapping[str, Any]) -> None:
    """Lay ``data`` over ``into``: mappings key by key, everything else replaced."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            existing = into.get(key)
            below = existing if isinstance(existing, dict) else {}
            into[key] = below
            merge(below, value)
        else:
            into[key] = list(value) if isinstance(value, CommentedSeq) else value


_WORDS = {
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "list_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a whole number",
    "path_type": "must be a file name",
    "invalid_key": "is not a text key",
}
# By key, or by the key above for names that a mapping is made of.
_PATTERNS = {
    "secret": "must be the name of a secret (letters, digits and /_+=.@-), not its ARN",
    "name": "must be small letters, digits and hyphens, a letter first, 63 at most",
    "topic_prefix": "must be letters, digits and ._-, 100 at most",
    "keys": "must be letters, digits and _$#.-, 255 at most",
    "values": "must be letters, digits and _$#.-, 255 at most",
    "sinks": "must be small letters, digits and hyphens, a letter first, 63 at most",
    "bucket": "must be the name of a bucket",
    "plugin_bucket": "must be the name of a bucket",
    "warehouse": "must be s3://bucket/path",
    "role_arn": "must be the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME",
}


def _message(problem: ErrorDetails, path: Steps, above: Any) -> str:
    kind = problem["type"]
    if kind == "extra_forbidden":
        return "unknown key" + _nearest(str(path[-1]), above)
    if kind == "union_tag_invalid":
        *most, last = str(problem.get("ctx", {}).get("expected_tags")).split(", ")
        return f"must be {', '.join(most)} or {last} (found {problem.get('ctx', {}).get('tag')!r})"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    message = _WORDS.get(kind) or problem["msg"].replace("Input should be", "must be").replace("String should", "must")
    if kind == "string_pattern_mismatch":
        named = path[-2:-1] if problem["loc"][-1] == "[key]" else path[-1:]
        message = _PATTERNS.get(
            ".".join(map(str, named)), "must match the pattern " + str(problem.get("ctx", {}).get("pattern"))
        )
    return message + _found(problem["input"], path)


def _found(value: Any, path: Steps) -> str:
    """The value where it is short and plain; one under a key that looks secret is never repeated."""
    if any(looks_secret(str(step)) for step in path) or not isinstance(value, (str, int, float, type(None))):
        return ""
    text = repr(value) if isinstance(value, str) else str(as_text(value)) if value is not None else "nothing"
    return f" (found {text})" if len(text) <= 100 else ""


def _nearest(key: str, model: Any) -> str:
    known = list(getattr(model, "model_fields", {}))
    near = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(known)}" if known else ""


def _walk(loc: Steps, model: Any) -> tuple[Steps, Any]:
    """The path in the file of pydantic's ``loc``, which also names members of unions; and the model it ends in."""
    path: list[int | str] = []
    above = model
    for step in loc:
        member = _member(model, step)
        if member is not None:
            model = member
        elif step != "[key]":
            path.append(step)
            above, model = model, _below(model, step)
    return tuple(path), above


def _member(annotation: Any, step: int | str) -> Any:
    """The member of a discriminated union that ``step`` names, if it is one."""
    for each in get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else ():
        field = getattr(each, "model_fields", {}).get("type")
        if field and step in get_args(field.annotation):
            return each
    return None


def _below(model: Any, step: int | str) -> Any:
    """The type of what stands under ``step``, without what is wrapped around it."""
    fields = getattr(model, "model_fields", None)
    if fields is not None:
        annotation = fields[step].annotation if step in fields else None
    else:
        annotation = get_args(model)[-1] if get_origin(model) in (dict, list) else None
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return inner[0] if len(inner) == 1 else annotation
    return annotation


def position(path: Steps, documents: Sequence[Document]) -> str:
    """``file:line:column: `` of the deepest part of ``path`` that some document holds; the last such document wins."""
    found = place(path, documents)
    return f"{found.document.name}:{found.line}:{found.column}: " if found else ""


@dataclass(frozen=True)
class Place:
    """Where the first ``depth`` steps of a path end in a document; line and column count from 1."""

    document: Document
    depth: int
    line: int
    column: int


def place(path: Steps, documents: Sequence[Document]) -> Place | None:
    """The deepest part of ``path`` that some document holds; the last such document wins."""
    best = None
    for document in documents:
        depth, line, column = _find(path, document.data)
        if line is not None and (best is None or depth >= best.depth):
            best = Place(document, depth, line + 1, column + 1)
    return best


def _find(path: Steps, data: Any) -> tuple[int, int | None, int]:
    position: tuple[int | None, int] = (None, 0)
    depth = 0
    for step in path:
        if isinstance(data, CommentedMap) and step in data:
            position = data.lc.key(step)
        elif isinstance(data, CommentedSeq) and isinstance(step, int) and step < len(data):
            position = data.lc.item(step)
        else:
            break
        data = data[step]
        depth += 1
    return (depth, *position)
