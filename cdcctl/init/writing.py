"""The file as text: the pipeline as YAML, with what is to be known of a line beside it or above it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from cdcctl.documents import Steps
from cdcctl.init.answers import Remark

_WIDTH = 118
_INDENT = 2
_TABLES = ("source", "tables")


def to_yaml(document: Mapping[str, Any], remarks: Iterable[Remark], about: Sequence[str]) -> str:
    """The file. A remark on a table of ``source.tables`` stands at the table's own line.

    :param about: lines at the top.
    """
    tree = _commented(document)
    by_path: dict[Steps, list[str]] = {}
    for remark in remarks:
        said = f"{remark.code}: {remark.text}" if remark.code else remark.text
        by_path.setdefault(remark.path, []).append(said)
    for path, texts in by_path.items():
        _place(tree, path, texts)
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=_INDENT, sequence=2 * _INDENT, offset=_INDENT)
    stream = io.StringIO()
    yaml.dump(tree, stream)
    head = "".join(f"# {line}\n" for text in about for line in textwrap.wrap(text, _WIDTH))
    return f"{head}{stream.getvalue()}"


def still_to_be_said(missing: Mapping[str, str]) -> str:
    """What the file lacks, as lines to be filled in."""
    if not missing:
        return ""
    lines = [
        "# Still missing. 'cdcctl bootstrap outputs NAME > aws.yaml' writes a file to be laid over this one, as",
        "# -f pipeline.yaml -f aws.yaml; or fill these in:",
    ]
    last = ""
    for key, text in missing.items():
        section, _, name = key.partition(".")
        if section != last:
            lines.append(f"# {section}:")
            last = section
        lines.append(f"#   {name}: {text}")
    return "\n".join(lines) + "\n"


def _commented(value: Any, path: Steps = ()) -> Any:
    if isinstance(value, Mapping):
        tree = CommentedMap()
        for key, each in value.items():
            tree[key] = _commented(each, (*path, key))
        return tree
    if not isinstance(value, list):
        return value
    made = CommentedSeq(value)
    # Tables stand one a line, where they can be commented.
    if path != _TABLES:
        made.fa.set_flow_style()
    return made


def _place(tree: CommentedMap, path: Steps, texts: Sequence[str]) -> None:
    """Put comment lines above the line that ``path`` leads to."""
    above: Any = tree
    for step in path[:-1]:
        above = above[step]
    last: Any = path[-1]
    deep = _INDENT * (len(path) - 1)
    if isinstance(above, CommentedSeq):
        last = above.index(last)
    lines = [line for text in texts for line in textwrap.wrap(text, _WIDTH - deep - 2)]
    above.yaml_set_comment_before_after_key(last, before="\n".join(lines), indent=deep)
