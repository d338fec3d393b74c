"""What ``cdcctl lint`` does with its arguments: read inputs and facts, judge or cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdcctl.errors import UsageError
from cdcctl.lint.catalogue import rules
from cdcctl.lint.columns import read_columns
from cdcctl.lint.inputs.base import Input
from cdcctl.lint.inputs.connector_file import ConfigurationFile
from cdcctl.lint.inputs.pipeline_files import PipelineFiles
from cdcctl.lint.rule import nearest
from cdcctl.lint.run import Facts, Report, Selection, fix, lint
from cdcctl.plugins.definitions import debezium_versions, version_of
from cdcctl.plugins.inspection import inspect

_YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Request:
    """What is to be judged, and what is known beside it.

    :param pipeline: files of one pipeline, laid over one another.
    :param files: pipeline files, each one by itself, and configurations, judged together.
    :param tables: files with CREATE TABLE statements.
    :param plugins: ZIPs of plugins.
    """

    pipeline: Sequence[Path]
    files: Sequence[Path]
    tables: Sequence[Path] = ()
    plugins: Sequence[Path] = ()
    debezium: str | None = None
    region: str = "us-east-1"
    variables: Mapping[str, str] = field(default_factory=dict)
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()


def carry_out(request: Request, *, cure: bool) -> Report:
    """Judge, and cure first where asked.

    :raises UsageError: nothing to judge, a code or a version that does not exist.
    :raises InputError: a file cannot be read or understood.
    """
    if not request.pipeline and not request.files:
        raise UsageError("nothing to judge", hint="name files, or a pipeline with -f pipeline.yaml")
    selection = Selection(_codes(request.select), _codes(request.ignore))
    groups = _groups(request)
    facts = Facts(
        _versions(request.debezium),
        tuple(inspect(path, _connect_version(groups)) for path in request.plugins),
        read_columns(request.tables),
    )
    return (fix if cure else lint)(groups, facts, selection)


def _groups(request: Request) -> list[list[Input]]:
    variables = request.variables
    groups: list[list[Input]] = []
    if request.pipeline:
        groups.append([PipelineFiles(request.pipeline, request.region, variables)])
    alone = [path for path in request.files if path.suffix.lower() in _YAML]
    groups += [[PipelineFiles([path], request.region, variables)] for path in alone]
    raw: list[Input] = [ConfigurationFile(path) for path in request.files if path not in alone]
    return [*groups, raw] if raw else groups


def _codes(names: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(name.strip().upper() for each in names for name in each.split(",") if name.strip())
    for code in codes:
        if not any(known.startswith(code) for known in rules()):
            near = nearest(code, rules(), 0.5)
            raise UsageError(
                f"no code begins with {code!r}", hint=f"did you mean {near}?" if near else "cdcctl explain lists them"
            )
    return codes


def _connect_version(groups: Sequence[Sequence[Input]]) -> str:
    """The version of MSK Connect that is meant: 2.7.1 where a configuration says so."""
    stated = {config.deployment.connect for group in groups for one in group for config in one.configurations}
    return "2.7.1" if (2, 7) in stated else "3.7.x"


def _versions(debezium: str | None) -> dict[str, tuple[int, ...]]:
    if debezium is None:
        return {}
    known = debezium_versions()
    try:
        version = version_of(debezium)
    except ValueError:
        version = (0, 0)
    if not known[0] <= version <= (known[-1][0], 99):
        spans = f"{'.'.join(map(str, known[0]))} to {'.'.join(map(str, known[-1]))}"
        raise UsageError(f"{debezium!r} is no version of Debezium that is known here", hint=f"known: {spans}")
    return {"debezium": version}
