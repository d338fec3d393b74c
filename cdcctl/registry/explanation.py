"""Why the registry takes a definition or not. It never says so itself: no operation of Glue gives a reason."""

from __future__ import annotations

from collections.abc import Sequence

from cdcctl.errors import InputError
from cdcctl.registry.contents import Held
from cdcctl.schema.compatibility import InvalidSchemaError, Mode, Verdict, check


def verdict(definition: str, previous: Sequence[str], mode: Mode, what: str) -> Verdict:
    """What a mode makes of a definition after others.

    :raises InputError: one of them is no Avro schema.
    """
    try:
        return check(definition, previous, mode)
    except InvalidSchemaError as error:
        raise InputError(f"{what} is no Avro schema: {error}", hint="correct the definition") from None


def why_refused(held: Held, definition: str, before: int | None = None) -> list[str]:
    """One line a field that stands in the way under the schema's present mode, or what else is known.

    :param before: only versions with lower numbers are looked at; None: all there are now.
    """
    previous = [each.definition for each in held.available if before is None or each.number < before]
    found = verdict(definition, previous, held.mode, str(held.name))
    if not found.compatible and held.mode is Mode.DISABLED:
        return ["DISABLED takes no version after the first, whatever it holds"]
    lines = [
        f"{each.message}{f' ({each.versions_back} versions back)' if each.versions_back > 1 else ''}"
        for each in found.incompatibilities
    ]
    if lines:
        return [f"{held.mode.value}: {line}" for line in lines]
    return [
        f"{held.mode.value} would take it now: when it was registered, the mode or the versions were others",
    ]
