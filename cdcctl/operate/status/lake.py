"""When something was written to the lake last: a snapshot of an Iceberg table, an object of an S3 sink."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from cdcctl.aws.catalog import Table
from cdcctl.aws.target import Target
from cdcctl.errors import CdcctlError, RemoteError
from cdcctl.operate.status.brokers import Brokers
from cdcctl.operate.status.line import Line, duration, judged, unknown
from cdcctl.pipeline import IcebergSink, Pipeline, Sink
from cdcctl.render.configurations import sink_config
from cdcctl.render.objects import folder_of

_AT_ONCE = 8
# Objects of a topic that are listed for the newest one.
_LISTED = 20_000
_INTERVALS = 3


def lake_lines(pipeline: Pipeline, target: Target, brokers: Brokers | None, max_lag: float) -> Iterator[Line]:
    """The last commit of each table that is spelled out.

    :param brokers: to tell whether there is anything that is not in the lake; None when they did not tell.
    :param max_lag: seconds.
    """
    jobs = [(sink, table) for sink in pipeline.sinks.values() for table in pipeline.tables_of(sink)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda job: _line(pipeline, target, job[0], job[1], brokers, max_lag), jobs)


def _line(pipeline: Pipeline, target: Target, sink: Sink, table: str, brokers: Brokers | None, max_lag: float) -> Line:
    iceberg = isinstance(sink, IcebergSink)
    subject = f"table {sink.table_of(table)}" if isinstance(sink, IcebergSink) else f"objects of {table}"
    what = "commit" if iceberg else "object"
    try:
        if isinstance(sink, IcebergSink):
            max_lag = max(max_lag, _INTERVALS * sink.commit_interval_ms / 1000)
            written, text, values = _iceberg(target, sink, table)
        else:
            written, text, values = _object(pipeline, target, sink, table)
    except CdcctlError as error:
        return unknown(subject, what, error.message)
    late = _late(pipeline, brokers, table, written, max_lag)
    text += f"; records wait for {duration(late)}" if late else ""
    return judged(subject, what, text, wrong=late is not None, sink=sink.name, **values)


def _iceberg(target: Target, sink: IcebergSink, table: str) -> tuple[float | None, str, dict[str, Any]]:
    """When the current snapshot was committed, in seconds since the epoch; None when there is none."""
    found = target.catalog.find_table(sink.table_of(table))
    if found is None:
        return None, "does not exist yet", {"committed": None}
    snapshot = _current_snapshot(target, found)
    if snapshot is None:
        return None, "no commit yet", {"committed": None}
    seconds = int(snapshot["timestamp-ms"]) / 1000
    records = (snapshot.get("summary") or {}).get("total-records")
    ago = max(0.0, time.time() - seconds)
    values = {
        "committed": datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="milliseconds"),
        "seconds_ago": round(ago, 1),
        "snapshot": snapshot.get("snapshot-id"),
        "records": int(records) if records is not None else None,
    }
    return seconds, f"last commit {duration(ago)} ago, {records or '?'} record(s) in all", values


def _current_snapshot(target: Target, table: Table) -> Mapping[str, Any] | None:
    """From the metadata file that the catalog points to (Iceberg's table specification, "Table metadata").

    :raises RemoteError: it is not there, or none.
    """
    bucket, _, key = table.metadata.removeprefix("s3://").partition("/")
    found = target.storage.read(bucket, key) if bucket and key else None
    if found is None:
        raise RemoteError(f"the metadata of {table.full_name} is not at {table.metadata or 'any place'}")
    try:
        text = gzip.decompress(found.content) if ".gz." in key or key.endswith(".gz") else found.content
        metadata = json.loads(text)
        current = metadata.get("current-snapshot-id")
        return next((each for each in metadata.get("snapshots", ()) if each["snapshot-id"] == current), None)
    except (ValueError, OSError, AttributeError, KeyError, TypeError) as error:
        raise RemoteError(f"{table.metadata} is no metadata of an Iceberg table") from error


def _object(pipeline: Pipeline, target: Target, sink: Sink, table: str) -> tuple[float | None, str, dict[str, Any]]:
    place = folder_of(sink_config(pipeline, sink, target.region), pipeline.topic_of(table))
    if place is None:
        raise RemoteError("the objects' names do not begin with a folder of the topic: they are not listed")
    newest = target.storage.newest(*place, most=_LISTED)
    if newest.modified is None:
        return None, "no object yet", {"written": None}
    ago = max(0.0, time.time() - newest.modified.timestamp())
    rest = "" if newest.complete else f", of the first {_LISTED} listed"
    values = {"written": newest.modified.isoformat(), "seconds_ago": round(ago, 1), "key": newest.key}
    # Of a listing that was not finished the newest object may be one that is not in it.
    known = newest.modified.timestamp() if newest.complete else time.time()
    return known, f"last object {duration(ago)} ago{rest}", values


def _late(
    pipeline: Pipeline, brokers: Brokers | None, table: str, written: float | None, max_lag: float
) -> float | None:
    """For how many seconds a record waits that came after what was written last; None when none waits too long."""
    last = brokers.last_written(pipeline.topic_of(table)) if brokers else None
    if last is None or (written is not None and last / 1000 <= written):
        return None
    waits = time.time() - last / 1000
    return waits if waits > max_lag else None
