"""Which sink of a pipeline is compared with MySQL: the first Iceberg one, else the first. The others have to run."""

from __future__ import annotations

from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline, Sink


def compared_sink(pipeline: Pipeline) -> Sink:
    """The sink whose output is read back.

    :raises InputError: it cannot be compared with MySQL table by table and row by row.
    """
    sink = pipeline.sink
    if not pipeline.source.is_spelled_out:
        raise InputError("verify compares tables by name", hint="list them under source.tables, one by one")
    if pipeline.source.events.shape != "row":
        raise InputError("verify compares rows, and source.events.shape is envelope", hint="set it to row")
    missing = [table for table in pipeline.source.tables if table not in pipeline.tables_of(sink)]
    if missing:
        raise InputError(
            f"sink {sink.name}, whose output verify reads, does not take {', '.join(missing)}",
            hint="leave out its tables, so that it takes all",
        )
    return sink


def signal_table(pipeline: Pipeline) -> str:
    """The table that takes Debezium's signals.

    :raises InputError: there is none.
    """
    if pipeline.source.signals is None:
        raise InputError("there is no signal table", hint="name one in source.signal_table")
    return pipeline.source.signals
