"""Read a request a line, answer a line each: JSON in, JSON out.

The first line of a connection says how to start the JVM. What the classes print to their own standard output goes to
standard error, so that nothing comes between the answers.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TextIO

import jpype

from cdcctl.schema.child import warm_up
from cdcctl.schema.child.avro import is_readable, parsed
from cdcctl.schema.child.connector import Connector
from cdcctl.schema.child.java import described
from cdcctl.schema.child.threads import spread

_SESSIONS = 100
# -XX:ThreadStackSize of the HotSpot JVM on 64-bit Linux.
_STACK = 1 << 20
# Python's collector, which by default goes through all that lives again and again, and finds nothing: answers have no
# cycles. It still runs, for what a process of many sessions may leave.
_COLLECT_AFTER = 200_000
# Two connectors of one process must never have the same.
_numbers = itertools.count()


class Session:
    """What has been made so far, by the numbers it is asked for."""

    def __init__(self) -> None:
        self._made: list[Any] = []

    def answer(self, request: Mapping[str, Any]) -> Any:
        """Carry out one request; what is returned may be a function that gives the answer."""
        return getattr(self, f"_{request['do']}")(request)

    def _connector(self, request: Mapping[str, Any]) -> int:
        self._made.append(Connector(request["config"], request["case_insensitive"], next(_numbers)))
        return len(self._made) - 1

    def _load(self, request: Mapping[str, Any]) -> Any:
        return self._made[request["of"]].load(request["statements"])

    def _tables(self, request: Mapping[str, Any]) -> Any:
        return self._made[request["of"]].tables()

    def _describe(self, request: Mapping[str, Any]) -> Any:
        return self._made[request["of"]].describe(request["tables"])

    def _stream(self, request: Mapping[str, Any]) -> Callable[[], Any]:
        """The statements are taken; the answer is made beside what is taken next."""
        connector = self._made[request["of"]]
        finish: Callable[[], Any] = connector.stream(request["statements"], logged=request["logged"])
        return finish

    def _attempt(self, request: Mapping[str, Any]) -> Any:
        connector = self._made[request["of"]]
        return [connector.attempt(each["place"], each["database"], each["statements"]) for each in request["attempts"]]

    def _iceberg(self, request: Mapping[str, Any]) -> int:
        from cdcctl.schema.child.iceberg import IcebergSink

        self._made.append(IcebergSink(request["config"]))
        return len(self._made) - 1

    def _write(self, request: Mapping[str, Any]) -> Any:
        sink = self._made[request["of"]]
        return spread(lambda each: sink.write(each["definitions"], each["asked"]), request["timelines"])

    def _readable(self, request: Mapping[str, Any]) -> list[bool | None]:
        schemas = spread(parsed, request["definitions"])
        return spread(lambda pair: is_readable(schemas[pair[0]], schemas[pair[1]]), request["pairs"])


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer until the requests end.

    In a thread with the stack that a JVM gives its own: Debezium's parser recurses at every character of a string
    literal, and where that ends in a StackOverflowError it should do so here as in the connector.
    """
    threading.stack_size(_STACK)
    thread = threading.Thread(target=_serve, args=(requests, answers))
    thread.start()
    thread.join()


def _serve(requests: TextIO, answers: TextIO) -> None:
    session = Session()
    written: Future[None] | None = None
    # A thread alone writes, so that answers keep the order of their questions.
    with ThreadPoolExecutor(1) as writing:
        for line in requests:
            request = json.loads(line)
            # All but the taking of statements waits for what is under way; where nobody reads any more, this ends.
            if written is not None and (request["do"] != "stream" or written.done()):
                written.result()
            written = writing.submit(_write, answers, _attempted(partial(session.answer, request)))


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    if callable(answer.get("ok")):
        answer = _attempted(answer["ok"])
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _attempted(question: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"ok": question()}
    except Exception as error:  # every failure is the parent's to tell of
        return {"error": described(error)}


def main() -> None:
    """Serve the parent, or whoever connects to a socket."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    if sys.argv[1:2] == ["--listen"]:
        _listen(sys.argv[2], float(sys.argv[3]))
        return
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _start(sys.stdin.readline())
    serve(sys.stdin, answers)


def _start(line: str) -> None:
    """Start the JVM as a first line says, unless it runs."""
    start = json.loads(line)
    if not jpype.isJVMStarted():
        jpype.startJVM(start["library"], *start["options"], classpath=start["classpath"], convertStrings=False)
        warm_up.begin()


def _listen(path: str, seconds: float) -> None:
    """Serve one connection after the other on the socket that standard input is; end when nobody has come for a while.

    A process that has answered often ends, too: connectors of old hold memory.
    """
    listener = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    listener.settimeout(seconds)
    try:
        for _ in range(_SESSIONS):
            connection, _address = listener.accept()
            connection.settimeout(None)
            # Two files: one that is written to forgets what it has read ahead, which is the next requests.
            with (
                contextlib.suppress(OSError),
                connection,
                connection.makefile("r", encoding="utf-8") as requests,
                connection.makefile("w", encoding="utf-8") as answers,
            ):
                answers.write("ready\n")
                answers.flush()
                if line := requests.readline():
                    _start(line)
                    serve(requests, answers)
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


if __name__ == "__main__":
    main()
