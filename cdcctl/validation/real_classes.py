"""Ask the connectors' own classes what they think of rendered configurations, each in a JVM with its own jars."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.errors import LocalEnvironmentError
from cdcctl.jvm import runtime
from cdcctl.pipeline import Pipeline
from cdcctl.plugins.archive import unpack_jars
from cdcctl.plugins.catalogue import load_lock, pinned_of
from cdcctl.plugins.fetch import unpacked
from cdcctl.plugins.progress import Sentences
from cdcctl.plugins.recipe import recipe_names
from cdcctl.render import converter, source
from cdcctl.render.configurations import Configurations

Say = Callable[[str], None]
_HEAP_MB = 512
_SECONDS = 120
# What the worker has itself comes first; a second copy would only be in the way.
_WORKERS_OWN = ("kafka-clients-", "connect-api-", "slf4j-api-")


@dataclass(frozen=True)
class Judgement:
    """What the classes said.

    :ivar by: whose classes, such as ``debezium-mysql@3.6.1.Final``; None where they are not at hand.
    :ivar missing: how to get them then.
    :ivar problems: key ("" where it is about several) and message.
    """

    file: str
    by: str | None
    problems: tuple[tuple[str, str], ...] = ()
    missing: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        problems = [{"key": key, "message": message} for key, message in self.problems]
        return {"file": self.file, "by": self.by, "problems": problems}


@dataclass(frozen=True)
class _Connector:
    """A connector as a pipeline asks for it: by name and version, or as the user's own archive."""

    name: str
    version: str
    archive: Path | None


def judge(pipeline: Pipeline, rendered: Configurations, say: Say) -> list[Judgement]:
    """Have every connector configuration validated; what it connects to is not looked at.

    :raises LocalEnvironmentError: there is no Java, or no JPype.
    :raises RemoteError: jars are missing and cannot be fetched.
    """
    if importlib.util.find_spec("jpype") is None:
        raise LocalEnvironmentError(
            "JPype is not installed, by which Java classes are asked", hint="pip install 'cdcctl[evolve]' brings it"
        )
    library = runtime.library()
    connectors = [
        _Connector(source.PLUGIN, pipeline.source.debezium, pipeline.source.plugin),
        *(_Connector(sink.type, sink.version, sink.plugin) for sink in pipeline.sinks.values()),
    ]
    files = [file for file in rendered.by_file() if file.endswith(".json")]
    with tempfile.TemporaryDirectory(prefix="cdcctl-") as work, ThreadPoolExecutor(2) as pool:
        shared = [_jars_of("kafka", say), _jars_of(converter.PLUGIN, say)]
        asked = []
        for number, (file, connector) in enumerate(zip(files, connectors, strict=True)):
            by, folder = _folder_of(connector, Path(work) / str(number), say)
            say(f"validating {file}")
            class_path = _class_path(shared[0], folder, shared[1]) if folder else None
            answer = pool.submit(_asked, library, class_path, rendered.by_file()[file])
            asked.append((file, by, answer, "" if by else _cure(connector)))
        return [Judgement(file, by, answer.result(), missing) for file, by, answer, missing in asked]


def _cure(connector: _Connector) -> str:
    """How to get a connector's classes."""
    if connector.name in recipe_names():
        return f"pin a version with cdcctl plugin fetch {connector.name}@VERSION ({connector.version}.…)"
    return f"name the ZIP of {connector.name} {connector.version} as the sink's plugin"


def _folder_of(connector: _Connector, work: Path, say: Say) -> tuple[str | None, Path | None]:
    """Name and folder of the connector's jars, where they are at hand."""
    if connector.archive is not None:
        unpack_jars(connector.archive, work)
        return connector.archive.name, work
    word = pinned_of(connector.name, connector.version)
    return (word, _jars_of(word, say)) if word else (None, None)


def _jars_of(word: str, say: Say) -> Path:
    return unpacked(load_lock(word), progress=Sentences(say))


def _class_path(worker: Path, connector: Path, glue: Path) -> list[str]:
    own = [jar for jar in sorted(connector.glob("*.jar")) if not jar.name.startswith(_WORKERS_OWN)]
    return [str(jar) for jar in (*sorted(worker.glob("*.jar")), *own, *sorted(glue.glob("*.jar")))]


def _asked(library: Path, class_path: list[str] | None, config: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Key and message of each problem.

    :raises LocalEnvironmentError: the child process died.
    """
    if class_path is None:
        return ()
    options = runtime.quick_options(_HEAP_MB)
    request = {"jvm": str(library), "options": options, "class_path": class_path, "config": config}
    child = [sys.executable, "-m", "cdcctl.validation.child"]
    done = subprocess.run(
        child, input=json.dumps(request), capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        raise LocalEnvironmentError(
            f"the JVM that validates {config['connector.class']} died",
            hint="is this Java able to run it? Debezium 3 needs 17",
            details=done.stderr.splitlines()[-5:],
        )
    answer = json.loads(done.stdout.splitlines()[-1])
    return tuple((key, message) for key, message in answer["problems"])
