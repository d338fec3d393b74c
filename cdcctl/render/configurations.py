"""Everything that is rendered from a pipeline, together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError
from cdcctl.pipeline import ConfluentS3Sink, IcebergSink, Pipeline, Sink
from cdcctl.render.aiven_s3 import aiven_s3_config
from cdcctl.render.confluent_s3 import confluent_s3_config
from cdcctl.render.iceberg import iceberg_config
from cdcctl.render.source import source_config
from cdcctl.render.worker import to_text, worker_properties


@dataclass(frozen=True)
class Configurations:
    """The configurations exactly as they are sent to MSK Connect; ``sinks`` by name."""

    source: dict[str, str]
    sinks: dict[str, dict[str, str]]
    worker: dict[str, str]

    @property
    def sink(self) -> dict[str, str]:
        """The configuration of the first sink, which mostly is the only one."""
        return next(iter(self.sinks.values()))

    def files(self) -> dict[str, str]:
        """File name → content."""
        return {name: _text(name, config) for name, config in self.by_file().items()}

    def by_file(self) -> dict[str, dict[str, str]]:
        """File name → configuration. A single sink's file is called sink.json, whatever the sink's name."""
        several = len(self.sinks) > 1
        sinks = {f"sink-{name}.json" if several else "sink.json": config for name, config in self.sinks.items()}
        return {"source.json": self.source, **sinks, "worker.properties": self.worker}

    def write(self, folder: Path) -> list[Path]:
        """Write the files into ``folder``, each whole or not at all.

        :raises InputError: the folder cannot be written.
        """
        written = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in self.files().items():
                path = folder / name
                temporary = folder / f".{name}.new"
                temporary.write_text(content, encoding="utf-8")
                temporary.replace(path)
                written.append(path)
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {error.strerror}", hint="choose another --out") from error
        return written


def _text(file: str, config: dict[str, str]) -> str:
    if file.endswith(".properties"):
        return to_text(config)
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def render(pipeline: Pipeline, region: str) -> Configurations:
    """Render all configurations of a pipeline for one AWS region."""
    source = source_config(pipeline, region)
    sinks = {name: sink_config(pipeline, sink, region) for name, sink in pipeline.sinks.items()}
    return Configurations(source, sinks, worker_properties(pipeline, region, [source, *sinks.values()]))


def sink_config(pipeline: Pipeline, sink: Sink, region: str) -> dict[str, str]:
    """Render the configuration of one sink."""
    if isinstance(sink, IcebergSink):
        return iceberg_config(pipeline, sink, region)
    if isinstance(sink, ConfluentS3Sink):
        return confluent_s3_config(pipeline, sink, region)
    return aiven_s3_config(pipeline, sink, region)
