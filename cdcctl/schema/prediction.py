"""Ask the connectors' own classes, in a child process, what they make of tables and statements.

The child is started once and asked as often as needed. Its answers are the child's data as they are; what they mean is
for ``cdcctl.evolve`` to say.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdcctl.errors import CdcctlError, InputError, LocalEnvironmentError
from cdcctl.jvm import runtime
from cdcctl.jvm.class_archive import ClassArchive
from cdcctl.schema import process
from cdcctl.schema.classpath import Jars

_HEAP_MB = 1024
# Almost everything dies at once; what is not collected early costs nothing until it is touched.
_YOUNG_MB = 512
_SECONDS = 300.0
_LOG_LINES = 15


class ClassesRefusedError(CdcctlError):
    """A class of the connectors refused what it was given; ``java_class`` is the exception's."""

    exit_code = InputError.exit_code

    def __init__(self, error: Mapping[str, Any]) -> None:
        causes = [f"{cause['class']}: {cause['message']}" for cause in error["causes"]]
        super().__init__(f"{error['class']}: {error['message']}", details=causes)
        self.java_class = str(error["class"])


@dataclass(frozen=True)
class SourceConnector:
    """A Debezium connector in the child."""

    child: Child
    number: int

    def load(self, statements: Sequence[Mapping[str, str]]) -> list[dict[str, Any] | None]:
        """Take tables as they are; see the child's Connector.load."""
        answer: list[dict[str, Any] | None] = self.child.ask("load", of=self.number, statements=statements)
        return answer

    def tables(self) -> list[str]:
        """The captured tables, ``database.table``."""
        answer: list[str] = self.child.ask("tables", of=self.number)
        return answer

    def describe(self, tables: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What the connector knows of tables, and the key and value it would register."""
        answer: dict[str, dict[str, Any]] = self.child.ask("describe", of=self.number, tables=tables)
        return answer

    def attempt(self, attempts: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
        """What statements would do to a table as it was; see the child's Connector.attempt."""
        answer: list[list[dict[str, Any]]] = self.child.ask("attempt", of=self.number, attempts=attempts)
        return answer

    def stream(self, statements: Sequence[Mapping[str, str | None]]) -> list[dict[str, Any]]:
        """Take statements from the binlog; see the child's Connector.stream."""
        answer: list[dict[str, Any]] = self.child.ask("stream", of=self.number, statements=statements)
        return answer


@dataclass(frozen=True)
class IcebergSink:
    """An Iceberg sink in the child."""

    child: Child
    number: int

    def write_all(self, timelines: Sequence[tuple[Sequence[str], int]]) -> list[list[dict[str, Any] | None]]:
        """Write a record of each schema version, in turn, to a new table for each timeline; see the child's class.

        :param timelines: definitions, and the first of them whose outcome is asked for.
        """
        asked = [{"definitions": definitions, "asked": first} for definitions, first in timelines]
        answer: list[list[dict[str, Any] | None]] = self.child.ask("write", of=self.number, timelines=asked)
        return answer


class Child:
    """The process, from the first question on; use it as a context manager.

    :param warm: seconds for which the process waits for the next command; 0: it ends with this one.
    """

    def __init__(self, jars: Jars, warm: float = 0) -> None:
        self._classpath = [path.absolute() for path in jars.classpath()]
        _require_jpype()
        self._archive = ClassArchive("cdcctl.prediction", [*self._classpath, _bridge()])
        self._folder = tempfile.TemporaryDirectory(prefix="cdcctl-jvm-")
        self._class_list = Path(self._folder.name) / "classes"
        self._log = (Path(self._folder.name) / "log").open("w+", encoding="utf-8", errors="replace")
        # The first one of a kind lists its classes for the archive, which is made when it has ended.
        kept = process.warm([str(runtime.library()), *map(str, self._classpath)], warm) if self._keeps(warm) else None
        connection = kept or process.own(self._log)
        self._process = connection.process
        self._socket = connection.socket
        self._socket.settimeout(_SECONDS)
        self._answers = self._socket.makefile("rb")
        self._start()

    def _keeps(self, warm: float) -> bool:
        return warm > 0 and self._archive.is_there

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._answers.close()
        self._socket.close()
        if self._process is not None:
            if kind is not None:
                self._process.kill()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if kind is None:
            self._archive.make(self._class_list)
        self._log.close()
        self._folder.cleanup()

    def source(self, config: Mapping[str, str], *, case_insensitive: bool = False) -> SourceConnector:
        """A Debezium MySQL connector with this configuration.

        :raises ClassesRefusedError: Debezium does not take the configuration.
        """
        return SourceConnector(self, self.ask("connector", config=config, case_insensitive=case_insensitive))

    def iceberg(self, config: Mapping[str, str]) -> IcebergSink:
        """An Iceberg sink with this configuration."""
        return IcebergSink(self, self.ask("iceberg", config=config))

    def readable(self, pairs: Sequence[tuple[str, str]]) -> list[bool | None]:
        """Java Avro's verdict on pairs of (reader, writer) definitions; None when one of them is no schema."""
        answer: list[bool | None] = self.ask("readable", pairs=pairs)
        return answer

    def ask(self, what: str, **arguments: Any) -> Any:
        """One request and its answer.

        :raises ClassesRefusedError: the classes raised an exception.
        :raises LocalEnvironmentError: the process died or does not answer.
        """
        self._send({"do": what, **arguments})
        try:
            line = self._answers.readline()
        except TimeoutError:
            self._kill()
            raise LocalEnvironmentError(
                f"the prediction has not answered within {_SECONDS:.0f} s", hint="give it less at a time"
            ) from None
        except OSError:
            raise self._died() from None
        if not line.endswith(b"\n"):
            raise self._died()
        answer = json.loads(line)
        if "error" in answer:
            raise ClassesRefusedError(answer["error"])
        return answer["ok"]

    def _start(self) -> None:
        """Say how to start the JVM."""
        options = [*runtime.quick_options(_HEAP_MB), f"-Xmn{_YOUNG_MB}m", *self._archive.options(self._class_list)]
        self._send(
            {"library": str(runtime.library()), "options": options, "classpath": list(map(str, self._classpath))}
        )

    def _send(self, request: Mapping[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            raise self._died() from None

    def _kill(self) -> None:
        # A warm one ends its answer and then finds that nobody is there.
        if self._process is not None:
            self._process.kill()

    def _died(self) -> LocalEnvironmentError:
        if self._process is None:
            return LocalEnvironmentError(
                "the prediction's warm process has died", hint="run the command again; it starts another one"
            )
        self._process.wait()
        self._log.flush()
        self._log.seek(0)
        return LocalEnvironmentError(
            f"the prediction's process died with exit code {self._process.returncode}",
            hint="run the command again; if it dies again, its last lines say why",
            details=self._log.read().splitlines()[-_LOG_LINES:],
        )


def _require_jpype() -> None:
    try:
        import jpype  # noqa: F401 (an optional wheel)
    except ImportError:
        raise LocalEnvironmentError(
            "predicting schemas needs JPype, which is not installed", hint="pip install 'cdcctl[evolve]'"
        ) from None


def _bridge() -> Path:
    """JPype's own jar, which it appends to the class path."""
    import jpype

    return Path(jpype.__file__).resolve().parent.parent / "org.jpype.jar"
