"""The faults there are, by name: what happens to which part, and for how long.

``kill`` is SIGKILL, after some seconds followed by a start on the same data and port. MySQL and Kafka are started again
by us, workers by MSK Connect. The registry is a service of AWS, whose data outlive any of its servers: when it is
killed, every connection to it ends without an answer until it is back.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdcctl.errors import UsageError

# What the serializers and deserializers of the Glue converter ask for.
_REGISTRY = (
    "GetSchemaByDefinition",
    "GetSchemaVersion",
    "RegisterSchemaVersion",
    "CreateSchema",
    "QuerySchemaVersionMetadata",
)
RANDOM = "random"


@dataclass(frozen=True)
class Kind:
    """One fault.

    :param does: what it does, in words.
    :param seconds: how long it lasts unless told otherwise.
    :param part: the part that it strikes: ``mysql``, ``kafka``, ``source``, ``sink``; None: requests to AWS.
    :param requests: faults of the emulator that it consists of.
    :param spares_sql: whether statements can be run while it lasts. One that is lost with its server is the
        application's to repeat, and tells nothing of the pipeline.
    """

    name: str
    does: str
    seconds: float
    part: str | None = None
    requests: tuple[Mapping[str, Any], ...] = field(default=())
    spares_sql: bool = True


def _requests(
    kind: str, service: str | None, operations: tuple[str | None, ...] = (None,), **more: Any
) -> tuple[Mapping[str, Any], ...]:
    return tuple({"kind": kind, "service": service, "operation": each, **more} for each in operations)


_ALL = (
    Kind("kill:mysql", "kill -9 of mysqld", 2, "mysql", spares_sql=False),
    Kind("kill:kafka", "kill -9 of the broker", 2, "kafka"),
    Kind("kill:source", "kill -9 of Debezium's worker", 0, "source"),
    Kind("kill:sink", "kill -9 of the sink's worker", 0, "sink"),
    Kind("kill:registry", "no connection to the registry", 5, requests=_requests("cut-off", "glue", _REGISTRY)),
    Kind("pause:mysql", "mysqld is stopped (SIGSTOP)", 8, "mysql", spares_sql=False),
    Kind("pause:kafka", "the broker is stopped (SIGSTOP)", 8, "kafka"),
    Kind("pause:source", "Debezium's worker is stopped (SIGSTOP)", 8, "source"),
    Kind("pause:sink", "the sink's worker is stopped (SIGSTOP)", 8, "sink"),
    Kind("disk-full", "the broker cannot write another byte", 4, "kafka"),
    Kind("slow-s3", "every request to S3 takes 3 s longer", 10, requests=_requests("slow", "s3", delay=3)),
    Kind("s3-5xx", "every request to S3 fails with 500", 8, requests=_requests("5xx", "s3")),
    Kind("glue-throttle", "the registry refuses every request", 5, requests=_requests("throttle", "glue", _REGISTRY)),
    Kind(
        "glue-throttle-reads",
        "the registry gives no version to who reads",
        8,
        requests=_requests("throttle", "glue", ("GetSchemaVersion",)),
    ),
    Kind("glue-5xx", "the registry fails at every request", 5, requests=_requests("5xx", "glue", _REGISTRY)),
    Kind("network:mysql", "Debezium's connections to MySQL are cut", 0, "mysql"),
    Kind("network:aws", "no connection to any AWS service", 5, requests=_requests("cut-off", None)),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}


def kind(name: str) -> Kind:
    """The fault of this name.

    :raises UsageError: there is none.
    """
    if name not in KINDS:
        near = difflib.get_close_matches(name, [*KINDS, RANDOM], 1)
        known = ", ".join((*KINDS, RANDOM))
        raise UsageError(
            f"there is no fault {name!r}", hint=f"did you mean {near[0]}?" if near else f"there are {known}"
        )
    return KINDS[name]
