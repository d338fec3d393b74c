"""Ask the connectors' own classes, in a child process, what they make of tables and statements.

The child is started once and asked as often as needed. Its answers are the child's data as they are; what they mean is
for ``cdcctl.evolve`` to say.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdcctl.errors import CdcctlError, InputError, LocalEnvironmentError
from cdcctl.jvm import runtime
from cdcctl.jvm.class_archive import ClassArchive
from cdcctl.schema import process

if TYPE_CHECKING:
    from cdcctl.schema.classpath import Jars

_HEAP_MB = 1024
# Almost everything dies at once; what is not collected early costs nothing until it is touched. JPype would have the
# JVM collect all its garbage whenever Python collects some of its own.
_MEMORY = (f"-Xms{_HEAP_MB}m", "-Xmn512m", "-XX:+DisableExplicitGC")
_SECONDS = 300.0
_LOG_LINES = 15
# Statements of a request: enough for the child to use all processors.
_AT_ONCE = 100


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
        return list(self.streamed(statements))

    def streamed(
        self, statements: Sequence[Mapping[str, str | None]], *, logged: bool = True
    ) -> Iterator[dict[str, Any]]:
        """The same, answer by answer; until the last one has been taken, nothing else can be asked."""
        parts = [statements[first : first + _AT_ONCE] for first in range(0, len(statements), _AT_ONCE)]
        requests = [{"of": self.number, "statements": part, "logged": logged} for part in parts]
        for answers in self.child.ask_each("stream", requests):
            yield from answers


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

    :param jars: what it runs; None: :meth:`run` says so, and until then the process starts.
    :param warm: seconds for which the process waits for the next command; 0: it ends with this one.
    """

    def __init__(self, jars: Jars | None = None, warm: float = 0) -> None:
        self._bridge = _bridge()
        self._warm = warm
        self._folder = tempfile.TemporaryDirectory(prefix="cdcctl-jvm-")
        self._log = (Path(self._folder.name) / "log").open("w+", encoding="utf-8", errors="replace")
        self._archive: ClassArchive | None = None
        self._asking = threading.Lock()
        # Which warm one it is to be depends on the jars.
        self._connection = None if warm > 0 else process.own(self._log)
        if jars is not None:
            try:
                self.run(jars)
            except BaseException:
                self._close(made=False)
                raise

    def run(self, jars: Jars) -> None:
        """Start the JVM with these jars.

        :raises RemoteError: one that is not in the cache cannot be had.
        """
        classpath = [path.absolute() for path in jars.classpath()]
        library = str(runtime.library())
        self._archive = ClassArchive("cdcctl.prediction", [*classpath, self._bridge])
        if self._connection is None and self._archive.is_there:
            self._connection = process.warm([library, *map(str, classpath)], self._warm)
        # The first one of a kind lists its classes for the archive, which is made when it has ended.
        self._connection = self._connection or process.own(self._log)
        self._socket = self._connection.socket
        self._socket.settimeout(_SECONDS)
        self._answers = self._socket.makefile("rb")
        options = [*runtime.quick_options(_HEAP_MB), *_MEMORY, *self._archive.options(self._class_list)]
        self._send({"library": library, "options": options, "classpath": list(map(str, classpath))})

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._close(made=kind is None)

    def _close(self, *, made: bool) -> None:
        """End the process.

        :param made: it has done what it was started for.
        """
        if self._connection is not None:
            self._end(self._connection, lists=made and self._class_list.is_file())
        if made and self._archive is not None:
            self._archive.make(self._class_list)
        self._log.close()
        self._folder.cleanup()

    def _end(self, connection: process.Connection, *, lists: bool) -> None:
        """End the process; only one that lists its classes has anything left to do."""
        if self._archive is not None:
            self._answers.close()
        connection.socket.close()
        if connection.process is None:
            return
        if not lists:
            connection.process.kill()
            # It has a gigabyte to give back; nobody need wait for that.
            threading.Thread(target=connection.process.wait, daemon=True).start()
            return
        try:
            connection.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            connection.process.kill()
            connection.process.wait()

    @property
    def _class_list(self) -> Path:
        return Path(self._folder.name) / "classes"

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
        number = {each: index for index, each in enumerate(dict.fromkeys(each for pair in pairs for each in pair))}
        numbered = [(number[reader], number[writer]) for reader, writer in pairs]
        answer: list[bool | None] = self.ask("readable", definitions=list(number), pairs=numbered)
        return answer

    def ask(self, what: str, **arguments: Any) -> Any:
        """One request and its answer.

        :raises ClassesRefusedError: the classes raised an exception.
        :raises LocalEnvironmentError: the process died or does not answer.
        """
        with self._asking:
            self._send({"do": what, **arguments})
            return self._answer()

    def ask_each(self, what: str, several: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
        """Several requests of a kind, and their answers in order; the child goes on while one is being looked at."""
        with self._asking:
            # In a thread: while a request waits to be read, an answer may.
            threading.Thread(target=self._send_each, args=(what, several), daemon=True).start()
            for _ in several:
                yield self._answer()

    def _send_each(self, what: str, several: Sequence[Mapping[str, Any]]) -> None:
        # Whoever waits for the answers is told of a process that has died.
        with contextlib.suppress(LocalEnvironmentError):
            for arguments in several:
                self._send({"do": what, **arguments})

    def _answer(self) -> Any:
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

    def _send(self, request: Mapping[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            raise self._died() from None

    def _kill(self) -> None:
        # A warm one ends its answer and then finds that nobody is there.
        if self._connection is not None and self._connection.process is not None:
            self._connection.process.kill()

    def _died(self) -> LocalEnvironmentError:
        dead = self._connection.process if self._connection is not None else None
        if dead is None:
            return LocalEnvironmentError(
                "the prediction's warm process has died", hint="run the command again; it starts another one"
            )
        dead.wait()
        self._log.flush()
        self._log.seek(0)
        return LocalEnvironmentError(
            f"the prediction's process died with exit code {dead.returncode}",
            hint="run the command again; if it dies again, its last lines say why",
            details=self._log.read().splitlines()[-_LOG_LINES:],
        )


def _bridge() -> Path:
    """JPype's own jar, which it appends to the class path.

    :raises LocalEnvironmentError: JPype, an optional wheel, is not installed.
    """
    found = importlib.util.find_spec("jpype")
    if found is None or found.origin is None:
        raise LocalEnvironmentError(
            "predicting schemas needs JPype, which is not installed", hint="pip install 'cdcctl[evolve]'"
        )
    return Path(found.origin).resolve().parent.parent / "org.jpype.jar"
