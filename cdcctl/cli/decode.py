"""``cdcctl decode``: messages of Kafka as people can read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdcctl.cli import options
from cdcctl.errors import EXIT_DIFFERENCES, UsageError

if TYPE_CHECKING:
    from cdcctl.aws.target import Target
    from cdcctl.decode.decoder import Decoder
    from cdcctl.decode.lines import Line, Wish
    from cdcctl.decode.window import Window
    from cdcctl.kafka.cluster import Cluster

_TAIL = 10


class Encoding(str, Enum):
    """How a file holds messages."""

    AUTO = "auto"
    BINARY = "binary"
    BASE64 = "base64"
    HEX = "hex"


@options.bundled
def decode(
    *,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="The topic; or name a table.")] = None,
    files: options.OptionalFiles = None,
    table: Annotated[str | None, typer.Option(metavar="DB.TABLE", help="The topic of this table.")] = None,
    tail: Annotated[int | None, typer.Option(min=1, help="The last so many messages; default: 10.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    offset: Annotated[int | None, typer.Option(min=0, help="Begin at this offset of --partition.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="So many from --offset on; default: 1.")] = None,
    key: Annotated[bool, typer.Option("--key", help="Print keys only.")] = False,
    readable: Annotated[
        bool, typer.Option("--readable", help="Dates and times as text, not as the numbers that Debezium writes.")
    ] = False,
    file: Annotated[
        str | None,
        typer.Option("--message", metavar="FILE", help="Decode this file instead of a topic; - is standard input."),
    ] = None,
    encoding: Annotated[
        Encoding, typer.Option(help="Of --message: raw bytes, or a message a line in base64 or hex.")
    ] = Encoding.AUTO,
    variables: options.Variables = None,
    place: options.Place,
    as_json: options.Json = False,
) -> None:
    """Print messages, key and value decoded with the schema versions they name: a line of JSON each.

    Without --partition and --offset these are the last ones of the topic. Exit code 1: some could not be decoded;
    their lines say why.
    """
    from cdcctl.decode.decoder import Decoder
    from cdcctl.decode.lines import Wish

    if (topic is not None) + (table is not None) + (file is not None) != 1:
        raise UsageError("name one thing to decode", hint="a topic, --table DB.TABLE or --message FILE")
    if table and not files:
        raise UsageError("--table needs the pipeline, which knows its topic", hint="name its file with -f")
    window = _window(tail, partition, offset, count)
    target = place.target()
    decoder = Decoder(target.registry.version)
    wish = Wish(key, readable)
    if file:
        from cdcctl.decode import files as messages_in_files

        found: Iterator[Line] = messages_in_files.read(file, encoding.value, decoder, wish)
    else:
        cluster, name = _cluster(files, variables, target, table)
        found = _messages(cluster, topic or name, window, decoder, wish)
    _print(found, as_json)


def _window(tail: int | None, partition: int | None, offset: int | None, count: int | None) -> Window:
    from cdcctl.decode.window import Window

    if offset is None and count is not None:
        raise UsageError("--count is of messages from --offset on", hint="use --tail for the last ones")
    if offset is not None and partition is None:
        raise UsageError("--offset is one of a partition", hint="name it with --partition")
    if offset is not None and tail is not None:
        raise UsageError("--tail and --offset exclude each other", hint="use --count with --offset")
    return Window(tail or _TAIL, partition) if offset is None else Window(count or 1, partition, offset)


def _cluster(
    files: list[Path] | None, variables: list[str] | None, target: Target, table: str | None
) -> tuple[Cluster, str]:
    """The brokers, of the pipeline or else of the place itself; and the topic of a table."""
    from cdcctl.deploy.brokers import open_brokers
    from cdcctl.pipeline import Kafka

    if files:
        pipeline = options.Named(files, variables).load(target)
        return open_brokers(pipeline.kafka, target), pipeline.topic_of(table) if table else ""
    if "kafka" not in target.overlay:
        raise UsageError("it is not known where the brokers are", hint="name a pipeline file with -f, or use --local")
    return open_brokers(Kafka.model_validate(target.overlay["kafka"]), target), ""


def _messages(cluster: Cluster, topic: str, window: Window, decoder: Decoder, wish: Wish) -> Iterator[Line]:
    from cdcctl.decode.lines import line
    from cdcctl.decode.window import read

    return (line(decoder, message, wish) for message in read(cluster, topic, window))


def _print(found: Iterator[Line], as_json: bool) -> None:
    """A line as soon as it is there, or all of them as one document."""
    undecoded = 0
    printed = []
    for each in found:
        undecoded += not each.is_decoded
        if as_json:
            printed.append(each.to_dict())
        else:
            typer.echo(json.dumps(each.to_dict(), ensure_ascii=False))
    if as_json:
        document = {"messages": printed, "undecoded": undecoded}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    if undecoded:
        raise typer.Exit(EXIT_DIFFERENCES)
