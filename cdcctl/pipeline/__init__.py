"""The pipeline file: models, defaults and loading.

A pipeline is one or more YAML documents merged in order (later ones win, mappings key by key). What depends on where it
runs, such as the brokers or the role, may come from a later document: that is how one file serves AWS and a laptop.
"""

from cdcctl.pipeline.base import Capacity, Credentials
from cdcctl.pipeline.cluster import Connect, Kafka, Logs, Worker
from cdcctl.pipeline.loading import EVERY_SINK, ONLY_SINK, load, parse
from cdcctl.pipeline.registries import CompatibilityMode, Registries
from cdcctl.pipeline.sinks import AivenS3Sink, ConfluentS3Sink, IcebergSink, Sink
from cdcctl.pipeline.source import ADDED_FIELDS, Source, topic_of
from cdcctl.pipeline.whole import Pipeline

__all__ = [
    "ADDED_FIELDS",
    "EVERY_SINK",
    "ONLY_SINK",
    "AivenS3Sink",
    "Capacity",
    "CompatibilityMode",
    "ConfluentS3Sink",
    "Connect",
    "Credentials",
    "IcebergSink",
    "Kafka",
    "Logs",
    "Pipeline",
    "Registries",
    "Sink",
    "Source",
    "Worker",
    "load",
    "parse",
    "topic_of",
]
