"""What a pipeline does not say of a configuration: found by rendering it, kept as raw properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdcctl.importing.meaning import Meaning, harmless, without_effect
from cdcctl.importing.notes import Note, What
from cdcctl.importing.versions import text
from cdcctl.lint.configuration import DEBEZIUM
from cdcctl.plugins.definitions import debezium, span_of
from cdcctl.render.debezium import GONE, spelled
from cdcctl.render.settings import laid_over

_CONVERTER = "that of the worker was in effect, and is not known here; give its configuration, too, or check this one"
_AS_BEFORE = "what was in effect before without being written"


@dataclass
class Remainder:
    """What is laid over one rendered configuration, so that it does what the given one did; keys in today's words.

    :param old: the configuration as it was given.
    :param new: as it is rendered without any of this.
    """

    where: str
    before: Meaning
    after: Meaning
    old: Mapping[str, str]
    new: Mapping[str, str]
    raw: dict[str, str | None] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        if "transforms" in self.new and "transforms" not in self.old:
            self.raw["transforms"] = None
            self.notes.append(Note("raw", self.where, "transforms", "none, as before", "null"))
        for key, value in self.old.items():
            self._given(key, value)
        # What goes with a raw property needs no words of its own.
        for key in laid_over(self.new, self.raw):
            if key not in self.old and key not in self.raw:
                self._rendered(key)
        if self.before.version != self.after.version and self.before.kind == DEBEZIUM:
            for key in sorted({*debezium(self.before.version), *debezium(self.after.version)}):
                if key not in self.old and key not in self.new:
                    self._unsaid(key)

    def _given(self, key: str, value: str) -> None:
        """A property that was there."""
        same = self.after.same(key, value, self.new.get(key, self.after.default(key, self.new)))
        idle = without_effect(self.after.kind, key)
        if same or idle:
            if not same or key not in self.new:
                self.notes.append(Note("dropped", self.where, key, "the default" if same else str(idle)))
            return
        gone = self._gone(key)
        if gone:
            what: What = "dropped" if self.before.same(key, value, self.before.default(key, self.old)) else "changed"
            self.notes.append(Note(what, self.where, key, gone, None if what == "dropped" else "nothing"))
            return
        self.raw[key] = value
        self.notes.append(Note("raw", self.where, key, "no key of the pipeline file says this"))

    def _gone(self, key: str) -> str | None:
        """Why the version that is to run has no such property; None where it has, or nobody knows of it."""
        if self.before.version == self.after.version or self.after.kind != DEBEZIUM:
            return None
        target = next(iter(spelled(text(self.after.version), {key: ""})))
        known = span_of(target) or span_of(key)
        if known is None or (known[0] <= self.after.version <= known[1] and key not in GONE):
            return None
        if key in GONE and debezium(self.after.version).keys() & {key}:
            return None
        return f"Debezium {text(self.after.version)} does not know it"

    def _rendered(self, key: str) -> None:
        """A property that is rendered and was not there."""
        side = next((each for each in ("key.converter", "value.converter") if key.startswith(each)), None)
        if side and side not in self.old:
            if key == side:
                self.notes.append(Note("changed", self.where, key, _CONVERTER, self.new[key].rpartition(".")[2]))
            return
        before = self.before.default(key, self.old)
        if self.after.same(key, before, self.new[key]) or without_effect(self.after.kind, key):
            return
        fine = harmless(self.after.kind, key, self.old, self.new)
        if fine:
            self.notes.append(Note("added", self.where, key, fine.why, _shown(self.new[key])))
            return
        self.raw[key] = before
        why = _AS_BEFORE if before is not None else "not set, as before"
        self.notes.append(Note("raw", self.where, key, why, before if before is not None else "null"))

    def _unsaid(self, key: str) -> None:
        """A property that nobody sets, but whose default is another one now."""
        old, new = self.before.default(key, self.old), self.after.default(key, self.new)
        if (
            old is None
            or new is None
            or self.after.same(key, old, new)
            or harmless(self.after.kind, key, self.old, self.new)
        ):
            return
        self.raw[key] = old
        self.notes.append(Note("raw", self.where, key, f"the default before Debezium {text(self.after.version)}", old))


def _shown(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"
