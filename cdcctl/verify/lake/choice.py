"""The reader of a sink's output."""

from __future__ import annotations

from cdcctl.aws.target import Target
from cdcctl.pipeline import IcebergSink, Pipeline, Sink
from cdcctl.render.configurations import sink_config
from cdcctl.verify.health import dead_letter_queue
from cdcctl.verify.kafka import Offsets
from cdcctl.verify.lake.contents import Lake
from cdcctl.verify.lake.iceberg import IcebergLake
from cdcctl.verify.lake.layout import layout_of
from cdcctl.verify.lake.objects import ObjectLake
from cdcctl.verify.lake.skipped import SkippedRecords


def lake_of(pipeline: Pipeline, sink: Sink, target: Target, offsets: Offsets) -> Lake:
    """Where ``sink`` writes at ``target``.

    :raises InputError: what it writes cannot be read back row by row.
    """
    if isinstance(sink, IcebergSink):
        return IcebergLake(target, sink.table_of)
    # The configuration as it is sent: raw properties may say otherwise than the pipeline file.
    layout = layout_of(sink_config(pipeline, sink, target.region))
    skipped = SkippedRecords(offsets, dead_letter_queue(pipeline))
    return ObjectLake(target.client("s3"), layout, pipeline.topics, skipped)
