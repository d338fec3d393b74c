"""How far the source has come in the binlog, and whether what comes next is still there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from cdcctl.deploy.topics import heartbeat_topic
from cdcctl.kafka.source_offsets import SourceOffset
from cdcctl.mysql.position import Position
from cdcctl.operate.status.brokers import Brokers
from cdcctl.operate.status.database import Binlog
from cdcctl.operate.status.line import Line, duration, judged, size, unknown
from cdcctl.pipeline import Pipeline

SUBJECT = "source"
# Of the time that a file is kept, how much may be left before it is a worry.
_WORRY = 0.25
# So many heartbeats may be missing.
_BEATS = 5


def source_lines(pipeline: Pipeline, brokers: Brokers, binlog: Binlog | str, max_lag: float) -> Iterator[Line]:
    """Position, lag, purge risk and heartbeat.

    :param binlog: or why MySQL did not tell.
    :param max_lag: seconds.
    """
    found = brokers.source
    if found is None or found.offset is None:
        yield judged(SUBJECT, "position", "no offset is committed yet", wrong=False, position=None)
    elif found.position is None:
        yield judged(SUBJECT, "position", "a snapshot is being taken", wrong=False, position=None, snapshot=True)
    else:
        yield from _positions(found, found.position, binlog, max_lag)
    yield from _heartbeat(pipeline, brokers, max_lag)


def gtids_of(found: SourceOffset | None) -> str | None:
    """The GTIDs that the source has, where the server has any."""
    return str(found.offset["gtids"]) if found and found.offset and found.offset.get("gtids") else None


def _positions(found: SourceOffset, position: Position, binlog: Binlog | str, max_lag: float) -> Iterator[Line]:
    committed = max(0.0, time.time() - found.record.timestamp_ms / 1000)
    values = {"position": str(position), "committed_seconds_ago": round(committed, 1), "gtids": gtids_of(found)}
    where = f"{position}, committed {duration(committed)} ago"
    if isinstance(binlog, str):
        yield judged(SUBJECT, "position", where, wrong=False, **values)
        yield unknown(SUBJECT, "lag", binlog)
        yield unknown(SUBJECT, "purge", binlog)
        return
    text = f"{where}; MySQL is at {binlog.end}"
    yield judged(SUBJECT, "position", text, wrong=False, server=str(binlog.end), **values)
    event = (found.offset or {}).get("ts_sec")
    yield _lag(position, float(event) if event else None, committed, binlog, max_lag)
    yield _reader(binlog)
    yield _purge(position, float(event) if event else None, binlog)


def _lag(position: Position, event: float | None, committed: float, binlog: Binlog, max_lag: float) -> Line:
    """In seconds: 0 at the end of the binlog; else how old the last event is that was committed.

    That is too much where nothing happened for long before what is missing. Where MySQL has sent everything already,
    what is missing has been read, and waits to be committed: that is no older than the last commit, or is of tables
    that are not captured.
    """
    behind = binlog.bytes_after(position)
    sent = bool(binlog.readers) and all(binlog.readers)
    seconds = 0.0 if not behind else committed if sent or event is None else max(0.0, binlog.now - event)
    parts = [size(behind)]
    if binlog.missing is not None:
        parts.append(f"{binlog.missing} transaction(s)")
    if binlog.rows is not None:
        parts.append(f"{'' if binlog.all_counted else 'at least '}{binlog.rows} row event(s) of all tables")
    text = f"{', '.join(parts)} not committed, at most {duration(seconds)}" if behind else "none: at the binlog's end"
    if behind and sent:
        text += "; MySQL has sent everything"
    values: dict[str, Any] = {"bytes": behind, "transactions": binlog.missing, "events": binlog.rows}
    return judged(SUBJECT, "lag", text, wrong=seconds > max_lag, seconds=round(seconds, 1), **values)


def _reader(binlog: Binlog) -> Line:
    count = len(binlog.readers)
    text = (
        f"{count} connection(s) of its account read the binlog" if count else "nobody reads the binlog as its account"
    )
    return judged(SUBJECT, "connection", text, wrong=not count, readers=count)


def _purge(position: Position, event: float | None, binlog: Binlog) -> Line:
    oldest = min((Position.of(file, 0) for file in binlog.files), default=None)
    values: dict[str, Any] = {"oldest": oldest.file if oldest else None, "kept_seconds": binlog.kept_seconds}
    if oldest is None or position.number < oldest.number:
        text = (
            f"MySQL has purged {position.file}, where the source has to go on; its oldest is "
            f"{oldest.file if oldest else 'none'}. It needs a new snapshot: cdcctl offsets reset"
        )
        return judged(SUBJECT, "purge", text, wrong=True, purged=True, **values)
    kept = (
        f"files are kept {duration(binlog.kept_seconds)}" if binlog.kept_seconds else "no time is set for keeping files"
    )
    text = f"oldest file {oldest.file}, the source is in {position.file}; {kept}"
    if position.number == binlog.end.number or binlog.kept_seconds is None or event is None:
        return judged(SUBJECT, "purge", text, wrong=False, purged=False, **values)
    # A file goes by when it was written last, which is no earlier than the event.
    left = event + binlog.kept_seconds - binlog.now
    text += f"; {position.file} is there for at least {duration(max(0.0, left))} more"
    wrong = left < _WORRY * binlog.kept_seconds
    return judged(SUBJECT, "purge", text, wrong=wrong, purged=False, seconds_left=round(left, 1), **values)


def _heartbeat(pipeline: Pipeline, brokers: Brokers, max_lag: float) -> Iterator[Line]:
    topic, heartbeat = heartbeat_topic(pipeline), pipeline.source.heartbeat
    if topic is None or heartbeat is None:
        return
    last = brokers.last_written(topic)
    if last is None:
        yield unknown(SUBJECT, "heartbeat", "there was none yet")
        return
    ago = max(0.0, time.time() - last / 1000)
    wrong = ago > max(max_lag, _BEATS * heartbeat.interval_ms / 1000)
    yield judged(SUBJECT, "heartbeat", f"the last one {duration(ago)} ago", wrong=wrong, seconds_ago=round(ago, 1))
