"""``cdcctl init``."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.documents import Document
    from cdcctl.init.server_facts import ServerFacts
    from cdcctl.init.start import Start
    from cdcctl.init.wishes import Wishes

_STDOUT = Path("-")


class SinkKind(str, Enum):
    """The sinks that there are."""

    iceberg = "iceberg"
    confluent_s3 = "confluent-s3"
    aiven_s3 = "aiven-s3"


def init(
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write; - is stdout.")] = Path("pipeline.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    mysql_url: Annotated[
        str | None,
        typer.Option(help="Server to look at, mysql://user@host:port/; password: CDCCTL_MYSQL_PASSWORD."),
    ] = None,
    local: options.Local = False,
    state: options.State = None,
    database: Annotated[list[str] | None, typer.Option(help="All tables of this database; may be repeated.")] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", "--tables", help="database.table; * and ? as in file names.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Not these tables; * and ? as in file names.")] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE=COLUMN,…", help="Columns that tell the rows of a table without a key apart."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the pipeline; default: the first table's database.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topics; default: the name.")] = None,
    host: Annotated[str | None, typer.Option(help="Host name for the connector; default: that of the URL.")] = None,
    port: Annotated[int | None, typer.Option(help="Port for the connector; default: that of the URL.")] = None,
    server_id: Annotated[
        int | None, typer.Option(help="The connector's server id; default: a free one that follows from the name.")
    ] = None,
    capture_user: Annotated[
        str | None,
        typer.Option(metavar="USER[@HOST]", help="The connector's account, if another than that of the URL."),
    ] = None,
    secret: Annotated[
        str | None, typer.Option(help="Secrets Manager secret with user and password; default: NAME/mysql.")
    ] = None,
    ssm: Annotated[str | None, typer.Option(help="The same as a path in the SSM Parameter Store.")] = None,
    debezium: Annotated[str | None, typer.Option(help="Debezium version, such as 2.7; default: the newest.")] = None,
    sink: Annotated[SinkKind, typer.Option(help="What writes to S3.")] = SinkKind.iceberg,
    warehouse: Annotated[str | None, typer.Option(help="Iceberg: s3://bucket/folder.")] = None,
    bucket: Annotated[str | None, typer.Option(help="Confluent's and Aiven's sinks: bucket.")] = None,
    plugin: Annotated[Path | None, typer.Option(help="The sink's own ZIP, from its makers.")] = None,
    key_registry: Annotated[str | None, typer.Option(help="Glue registry of keys; default: NAME-keys.")] = None,
    value_registry: Annotated[str | None, typer.Option(help="Glue registry of values; default: NAME-values.")] = None,
    compatibility: Annotated[str | None, typer.Option(help="Compatibility mode of new schemas.")] = None,
    cluster_arn: Annotated[str | None, typer.Option(help="ARN of the MSK cluster.")] = None,
    bootstrap_servers: Annotated[str | None, typer.Option(help="Its brokers, host:port, comma-separated.")] = None,
    subnet: Annotated[list[str] | None, typer.Option(help="Subnet of the workers; may be repeated.")] = None,
    security_group: Annotated[list[str] | None, typer.Option(help="Their security group; may be repeated.")] = None,
    role_arn: Annotated[str | None, typer.Option(help="Service execution role of the connectors.")] = None,
    plugin_bucket: Annotated[str | None, typer.Option(help="Bucket for plugins.")] = None,
    secrets_provider: Annotated[
        Path | None, typer.Option(help="AWS's ZIP of config providers, which resolve the secret.")
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a first pipeline file, from what a running MySQL has or from these options alone.

    MySQL is only read. The file says beside each table and type what is to be decided; what lint and doctor say of it
    is printed. Passwords go nowhere: the file holds a reference. Exit code 1 when something found would keep the
    pipeline from running; the file is written then as well.
    """
    from cdcctl.init.start import start
    from cdcctl.init.wishes import Wishes, keys_of

    if secret and ssm:
        raise UsageError("--secret and --ssm exclude each other", hint="leave one of them out")
    if as_json and out == _STDOUT:
        raise UsageError("--json and --out - exclude each other", hint="the document has the file's text, too")
    _may_write(out, force)
    reference = {"secret": secret, "ssm": ssm}
    kafka = {"cluster_arn": cluster_arn, "bootstrap_servers": bootstrap_servers}
    lists = {"subnets": subnet, "security_groups": security_group}
    connect = {"role_arn": role_arn, "plugin_bucket": plugin_bucket, "secrets_provider": secrets_provider}
    wishes = Wishes(
        name=name,
        prefix=prefix,
        databases=database or (),
        tables=table or (),
        excluded=exclude or (),
        keys=keys_of(key or ()),
        host=host,
        port=port,
        server_id=server_id,
        debezium=debezium,
        credentials=_given(reference),
        capture_user=_account(capture_user),
        sink=sink.value,
        warehouse=warehouse,
        bucket=bucket,
        plugin=str(plugin) if plugin else None,
        key_registry=key_registry,
        value_registry=value_registry,
        compatibility=compatibility,
        kafka={**_given(kafka), **{each: names for each, names in lists.items() if names}},
        connect=_given(connect),
    )
    with options.progress(quiet or as_json) as say:
        place, wishes, facts = _asked(wishes, mysql_url, local, state, say)
        begun = start(out, wishes, facts, place)
    _write(begun, out)
    if as_json:
        typer.echo(json.dumps(_document(begun, out), indent=2, ensure_ascii=False))
    else:
        _print(begun, out)
    if not begun.is_fine:
        raise typer.Exit(EXIT_DIFFERENCES)


def _may_write(out: Path, force: bool) -> None:
    if out != _STDOUT and out.exists() and not force:
        raise UsageError(f"{out} exists", hint="name another file with --out, or replace it with --force")


def _given(values: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items() if value}


def _account(user: str | None) -> str | None:
    return user if user is None or "@" in user else f"{user}@%"


def _asked(
    wishes: Wishes, url: str | None, local: bool, state: Path | None, say: options.Progress
) -> tuple[Document, Wishes, ServerFacts | None]:
    """What the place says, the wishes with the server's address, and what the server says, if there is one."""
    from cdcctl.documents import Document
    from cdcctl.init.server_facts import ask
    from cdcctl.local.mysql.address import PASSWORD_VARIABLE, address
    from cdcctl.mysql.session import session

    if local and url:
        raise UsageError("--local and --mysql-url exclude each other", hint="leave one of them out")
    where = None if local else address(url, os.environ)
    nothing = Document("", {})
    if not (local or where):
        return nothing, wishes, None
    with ExitStack() as stack:
        if where:
            place, (at, number, user, password) = nothing, (where.host, where.port, where.user, where.password)
            wishes = replace(wishes, host=wishes.host or at, port=wishes.port or number)
        else:
            place, (at, number, user, password) = _of_place(state)
        say(f"looking at MySQL at {at}:{number}")
        cure = f"check the user and {PASSWORD_VARIABLE}"
        connection = stack.enter_context(session(at, number, user, password, cure=cure))
        return place, wishes, ask(connection, wishes)


def _of_place(state: Path | None) -> tuple[Document, tuple[str, int, str, str]]:
    """What the local stack dictates about a pipeline, and its server with the connector's account."""
    from cdcctl.aws.credentials import read_credentials
    from cdcctl.documents import Document
    from cdcctl.pipeline import Credentials

    target = options.resolve_target(True, None, None, state)
    source = target.overlay["source"]
    user, password = read_credentials(target, Credentials.model_validate(source["credentials"]))
    return Document(target.description, target.overlay), (source["host"], source["port"], user, password)


def _write(begun: Start, out: Path) -> None:
    from cdcctl.whole_file import write_whole

    if out == _STDOUT:
        typer.echo(begun.text, nl=False)
    else:
        write_whole(out, begun.text)


def _document(begun: Start, out: Path) -> dict[str, Any]:
    from cdcctl.lint.report import to_dict

    return {
        "file": str(out),
        "fine": begun.is_fine,
        "text": begun.text,
        "pipeline": begun.document,
        "remarks": [remark.to_dict() for remark in begun.remarks],
        "missing": begun.missing,
        "left_out": begun.left_out,
        "lint": to_dict(begun.lint),
        "checks": [each.to_dict() for each in begun.checks],
    }


def _print(begun: Start, out: Path) -> None:
    """What is to be done and known; beside the file itself where that goes to stdout."""
    from cdcctl.doctor.findings import Status

    err = out == _STDOUT
    kinds: dict[Literal["lint", "doctor"], list[str]] = {"lint": [], "doctor": []}
    for finding in begun.lint.findings:
        rule = finding.rule
        kinds["lint"].append(f"{rule.severity:<8} {finding.code} {rule.title}: {finding.message}\n  → {rule.cure}")
    for each in begun.checks:
        if each.finding.status is not Status.OK:
            cure = f"\n  → {each.finding.cure}" if each.finding.cure else ""
            kinds["doctor"].append(f"{each.finding.status.value:<8} {each.finding.text}{cure}")
    for kind, texts in kinds.items():
        for text in texts:
            typer.echo(f"{kind:<6} {text}", err=err)
    for table, why in begun.left_out.items():
        typer.echo(f"left out: {table}: {why}", err=err)
    for path, text in begun.missing.items():
        typer.echo(f"missing: {path}: {text}", err=err)
    tables = len(begun.document["source"]["tables"])
    typer.echo(f"{out}: {tables} table{'s' if tables != 1 else ''}, {len(begun.remarks)} remarks", err=err)
