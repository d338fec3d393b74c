"""The pipeline file as a person would write it: in the usual order, without what goes without saying, with comments."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from cdcctl.documents import Document
from cdcctl.errors import InputError
from cdcctl.importing.command import Imported
from cdcctl.importing.notes import Note
from cdcctl.pipeline import ONLY_SINK, parse

_WIDTH = 100
_NULL = "tag:yaml.org,2002:null"


def document(imported: Imported) -> dict[str, Any]:
    """The file's content as plain data, in order."""
    pipeline = imported.pipeline
    data = pipeline.model_dump(mode="json", exclude_defaults=True)
    data["source"] = {"debezium": pipeline.source.debezium, **data["source"]}
    sinks = {}
    for name, sink in pipeline.sinks.items():
        own = {"type": sink.type, **data["sinks"][name]}
        own.pop("name", None)
        if "properties" in own:
            own["properties"] = own.pop("properties")
        sinks[name] = own
    ordered: dict[str, Any] = {}
    for key, value in data.items():
        if key != "sinks":
            ordered[key] = value
        elif list(sinks) == [ONLY_SINK]:
            ordered["sink"] = sinks[ONLY_SINK]
        else:
            ordered["sinks"] = sinks
    return ordered


def to_yaml(imported: Imported) -> str:
    """The text of the file.

    :raises InputError: it would not be read as what it is, which only odd text in a configuration can bring about.
    """
    data = document(imported)
    top = _commented(data)
    _explain(top, imported.notes)
    origins = ", ".join(re.sub(r"\s+", " ", origin) for origin in imported.origins)
    region = f"Region: {imported.region}, which is not part of this file: --region, or the profile's."
    top.yaml_set_start_comment(f"Imported from {origins}.\n{region}")
    yaml = YAML()
    yaml.width = 4096
    yaml.representer.add_representer(type(None), lambda writer, _: writer.represent_scalar(_NULL, "null"))
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(top, stream)
    text = stream.getvalue().rstrip("\n") + "\n"
    _read_back(text)
    return text


def _read_back(text: str) -> None:
    """:raises InputError: it cannot be loaded."""
    data = YAML(typ="rt").load(text)
    if not isinstance(data, Mapping):
        raise InputError("what is given cannot be written as YAML", hint="look for odd characters in it")
    parse([Document("the imported pipeline", data)])


def _commented(value: Any, path: tuple[str, ...] = ()) -> Any:
    if isinstance(value, dict):
        made = CommentedMap()
        raw = path and path[-1] in ("properties", "tags")
        for key, below in value.items():
            name = _quoted(key)
            made[name] = _plain(below) if raw and isinstance(below, str) else _commented(below, (*path, str(key)))
        if len(path) > 1 and not raw and _fits(value):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        listed = CommentedSeq([_commented(each, path) for each in value])
        if all(isinstance(each, (str, int)) for each in value) and len(str(value)) < _WIDTH:
            listed.fa.set_flow_style()
        return listed
    return _quoted(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    """In quotes where YAML would take a character for the end of a line, or not at all."""
    return DoubleQuotedScalarString(text) if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text) else text


def _fits(value: dict[str, Any]) -> bool:
    """Whether a mapping fits on a line."""
    simple = all(isinstance(each, (str, int, bool)) or each is None for each in value.values())
    return simple and len(value) <= 4 and len(str(value)) < _WIDTH - 20


def _plain(text: str) -> Any:
    """Numbers and booleans without quotes: properties take them as they are written."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,14}", text) else _quoted(text)


def _explain(top: CommentedMap, notes: tuple[Note, ...]) -> None:
    """A comment over each key that somebody has to look at."""
    told = {tuple(_path(note, top)): note.why for note in notes if note.what == "fill-in"}
    for path, why in told.items():
        _comment(top, list(path), f"To be filled in: {why}")


def _path(note: Note, top: CommentedMap) -> list[str]:
    """Where a note belongs in the file."""
    if note.where == "pipeline":
        path = note.key.split(".")
    elif note.key == "database.password":
        path = ["source", "credentials"]
    elif note.key.endswith("sasl.jaas.config"):
        path = ["kafka", *(["credentials"] if "credentials" in top["kafka"] else ["properties", "sasl.jaas.config"])]
    else:
        part = note.where.split(" ")
        path = [*(part if part[0] != "sink" else ["sinks", part[1]]), "properties", note.key]
    return ["sink", *path[2:]] if path[:2] == ["sinks", ONLY_SINK] and "sink" in top else path


def _comment(top: CommentedMap, path: list[str], words: str) -> None:
    where: Any = top
    for step in path[:-1]:
        where = where.get(step) if isinstance(where, CommentedMap) else None
    if isinstance(where, CommentedMap) and path and path[-1] in where and not where.fa.flow_style():
        where.yaml_set_comment_before_after_key(path[-1], before=words, indent=2 * (len(path) - 1))
