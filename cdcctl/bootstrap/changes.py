"""A change set in a user's words."""

from __future__ import annotations

from dataclasses import dataclass

from cdcctl.aws.cloudformation import Change, PropertyChange

_DO = {"Add": "create", "Remove": "delete", "Import": "import", "Dynamic": "may change"}
_OLD_ONE = {
    "Delete": "is deleted",
    "ReplaceAndDelete": "the old one is deleted",
    "Retain": "stays, outside the stack",
    "ReplaceAndRetain": "the old one stays, outside the stack",
    "Snapshot": "is deleted; a snapshot stays",
    "ReplaceAndSnapshot": "the old one is deleted; a snapshot stays",
}
# Values such as policies are long; a change of them is told, not shown.
_LONGEST = 60


@dataclass(frozen=True)
class ResourceChange:
    """What happens to one resource.

    :ivar do: create, update, replace, may replace, delete, import or may change.
    :ivar why: what makes a replacement necessary, and what becomes of the old resource.
    :ivar properties: a line for each property that changes.
    """

    do: str
    type: str
    logical_id: str
    why: str = ""
    properties: tuple[str, ...] = ()


def in_words(change: Change) -> ResourceChange:
    """One resource of a change set."""
    forcing = [each.name for each in change.properties if each.replaces != "Never"]
    replaced = change.action == "Modify" and change.replacement in ("True", "Conditional")
    parts = [
        f"because of {', '.join(dict.fromkeys(forcing))}" if replaced and forcing else "",
        _OLD_ONE.get(change.policy, ""),
    ]
    return ResourceChange(
        _do(change),
        change.type,
        change.logical_id,
        "; ".join(part for part in parts if part),
        tuple(_property(each) for each in change.properties) if change.action == "Modify" else (),
    )


def _do(change: Change) -> str:
    if change.action != "Modify":
        return _DO.get(change.action, change.action.lower())
    return {"True": "replace", "Conditional": "may replace"}.get(change.replacement, "update")


def _property(change: PropertyChange) -> str:
    if change.before is None and change.after is None:
        return change.name
    before, after = (
        "nothing" if value is None else value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        for value in (change.before, change.after)
    )
    return f"{change.name}: {before} → {after}"
