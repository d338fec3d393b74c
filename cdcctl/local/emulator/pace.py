"""How long things take: as long as the work needs, or as on AWS, or some number of times faster than there.

The work itself (copying a plugin, starting a worker) is real and takes its time at every speed; what is added is the
rest of the time that AWS would have taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from cdcctl.errors import UsageError

INSTANT = "instant"
AWS = "aws"


class Change(Enum):
    """Something that takes time."""

    PLUGIN_CREATED = "plugin created"
    PLUGIN_DELETED = "plugin deleted"
    WORKER_CONFIGURATION_DELETED = "worker configuration deleted"
    CONNECTOR_CREATED = "connector created"
    CONNECTOR_CREATION_FAILED = "connector creation failed"
    CONNECTOR_UPDATED = "connector updated"
    CONNECTOR_PAUSED = "connector paused"
    CONNECTOR_RESUMED = "connector resumed"
    CONNECTOR_RESTARTED = "connector restarted"
    CONNECTOR_DELETED = "connector deleted"
    BROKERS_GIVEN_UP = "brokers given up"
    SCHEMA_VERSION_JUDGED = "schema version judged"
    REGISTRY_DELETED = "registry deleted"


# Seconds. AWS publishes no figures. That a connector which cannot run stays CREATING for twenty minutes is what users
# report (crossplane-contrib/provider-upjet-aws, pull request 1162); the others are of the right order and no more.
_AWS = {
    Change.PLUGIN_CREATED: 30.0,
    Change.PLUGIN_DELETED: 10.0,
    Change.WORKER_CONFIGURATION_DELETED: 10.0,
    Change.CONNECTOR_CREATED: 300.0,
    Change.CONNECTOR_CREATION_FAILED: 1200.0,
    Change.CONNECTOR_UPDATED: 600.0,
    Change.CONNECTOR_PAUSED: 60.0,
    Change.CONNECTOR_RESUMED: 60.0,
    Change.CONNECTOR_RESTARTED: 120.0,
    Change.CONNECTOR_DELETED: 180.0,
    Change.BROKERS_GIVEN_UP: 1080.0,
    Change.SCHEMA_VERSION_JUDGED: 1.0,
    Change.REGISTRY_DELETED: 5.0,
}
# Even at once is long enough for someone who looks to see a thing DELETING.
_LEAST = {
    Change.PLUGIN_DELETED: 0.3,
    Change.WORKER_CONFIGURATION_DELETED: 0.3,
    Change.REGISTRY_DELETED: 0.5,
    # A broker that is being restarted is not given up.
    Change.BROKERS_GIVEN_UP: 10.0,
}


@dataclass(frozen=True)
class Pace:
    """:ivar speed: how many times as fast as AWS."""

    speed: float = math.inf

    def seconds(self, change: Change) -> float:
        """How long the change takes at least."""
        return max(_AWS[change] / self.speed, _LEAST.get(change, 0.0))


def parse_speed(text: str) -> Pace:
    """The pace that ``instant``, ``aws`` or a number of times as fast as AWS (``60``) means.

    :raises UsageError: it is none of these.
    """
    if text in (INSTANT, AWS):
        return Pace(math.inf if text == INSTANT else 1.0)
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (0 < speed < math.inf):
        raise UsageError(
            f"{text!r} is no speed", hint=f"write {INSTANT}, {AWS}, or how many times as fast as AWS, such as 60"
        )
    return Pace(speed)
