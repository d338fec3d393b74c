"""What a step costs the data that flow: nothing, a pause, or a new snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from cdcctl.deploy.desired import Desired, DesiredConnector
from cdcctl.deploy.differences import CONFIGURATION, TAGS, WORKER
from cdcctl.deploy.observe import Observed
from cdcctl.deploy.plan import Change, Cost
from cdcctl.render import names

_PAUSE = {
    "source": "streaming pauses while it restarts, then goes on from its offsets; MySQL keeps the events meanwhile",
    "sink": "writing pauses while it restarts, then goes on from its group's offsets; Kafka keeps the events meanwhile",
}
_WHERE = {
    "source": "streaming pauses until it runs again; it goes on from its offsets in topic {}",
    "sink": "writing pauses until it runs again; it goes on from the offsets of group {}",
}
# A change of these makes the offsets so far unusable, and why.
_NEW_BEGINNING = {
    "topic.prefix": "offsets are kept by topic prefix, and topics and schemas are named by it",
    "database.server.name": "offsets are kept by server name, and topics and schemas are named by it",
    "offset.storage.topic": "the offsets so far are in another topic (cdcctl offsets backup and restore)",
}
# Where the server's log itself may be another one.
_OTHER_SERVER = ("database.hostname", "database.port")
_TABLES = ("table.include.list", "database.include.list", "table.whitelist", "database.whitelist")


def of_update(wanted: DesiredConnector, changes: Sequence[Change]) -> tuple[Cost, str]:
    """The cost of changing a connector in place."""
    if all(change.part == TAGS for change in changes):
        return Cost.NONE, ""
    return _of_changes(wanted, changes, _PAUSE[wanted.role])


def of_replacement(wanted: DesiredConnector, desired: Desired, changes: Sequence[Change]) -> tuple[Cost, str]:
    """The cost of deleting a connector and making it again under the same name."""
    pipeline = desired.pipeline
    place = names.offset_topic(pipeline) if wanted.role == "source" else f"connect-{wanted.name}"
    return _of_changes(wanted, changes, _WHERE[wanted.role].format(place))


def of_creation(wanted: DesiredConnector, desired: Desired, observed: Observed) -> tuple[Cost, str]:
    """The cost of a new connector: a source begins with a snapshot unless there are offsets of its name."""
    if wanted.role != "source":
        return Cost.NONE, ""
    topic, mode = names.offset_topic(desired.pipeline), desired.pipeline.source.snapshot_mode
    if observed.kafka is None:
        return Cost.SNAPSHOT, f"unless topic {topic} holds its offsets, which cannot be seen from here"
    if observed.kafka.has_offsets and mode != "always":
        return Cost.NONE, f"it goes on from its offsets in topic {topic}"
    return Cost.SNAPSHOT, f"snapshot.mode is {mode}, and topic {topic} holds no offsets of it"


def _of_changes(wanted: DesiredConnector, changes: Sequence[Change], pause: str) -> tuple[Cost, str]:
    if wanted.role != "source":
        return Cost.GAP, pause
    changed = {change.property: change for change in changes if change.part in (CONFIGURATION, WORKER)}
    for name, reason in _NEW_BEGINNING.items():
        if name in changed:
            return Cost.SNAPSHOT, f"{name} changes: {reason}"
    if any(name in changed for name in _OTHER_SERVER):
        name = next(name for name in _OTHER_SERVER if name in changed)
        return Cost.SNAPSHOT, f"{name} changes, unless it leads to the same server or one with the same GTIDs"
    if wanted.request.configuration.get("snapshot.mode") == "always":
        return Cost.SNAPSHOT, "snapshot.mode is always: every restart begins with one"
    added = sorted({table for name in _TABLES if name in changed for table in _added(changed[name])})
    if added:
        return Cost.GAP, f"{pause}; rows that {', '.join(added)} holds already come only with an incremental snapshot"
    return Cost.GAP, pause


def _added(change: Change) -> set[str]:
    old, new = (set((text or "").split(",")) - {""} for text in (change.old, change.new))
    return new - old
