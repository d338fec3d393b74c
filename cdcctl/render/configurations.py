"""Everything that is rendered from a pipeline, together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline
from cdcctl.render.iceberg import iceberg_config
from cdcctl.render.source import source_config
from cdcctl.render.worker import to_text, worker_properties


@dataclass(frozen=True)
class Configurations:
    """The configurations exactly as they are sent to MSK Connect."""

    source: dict[str, str]
    sink: dict[str, str]
    worker: dict[str, str]

    def files(self) -> dict[str, str]:
        """File name → content."""
        return {
            "source.json": json.dumps(self.source, indent=2, ensure_ascii=False) + "\n",
            "sink.json": json.dumps(self.sink, indent=2, ensure_ascii=False) + "\n",
            "worker.properties": to_text(self.worker),
        }

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


def render(pipeline: Pipeline, region: str) -> Configurations:
    """Render all configurations of a pipeline for one AWS region."""
    return Configurations(
        source=source_config(pipeline, region),
        sink=iceberg_config(pipeline, region),
        worker=worker_properties(pipeline, region),
    )
