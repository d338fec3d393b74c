"""Where in its bracket the snapshot stands: the place at which the rows that have events there are equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cdcctl.mysql.position import Position
from cdcctl.verify.data.cut import Bracket
from cdcctl.verify.data.rows import Side
from cdcctl.verify.data.staging import before

# So many places are tried at once; between the best of them and its neighbours, then, all are.
_TRIED = 40


def settle(side: Side, bracket: Bracket, topic: str) -> int:
    """Cut the events of a table at the place where the snapshot stands; how many rows were asked for it."""
    staging = side.staging
    staging.cut(bracket.high, bracket, topic)
    within = staging.within(bracket, topic)
    places = staging.database.execute(f"SELECT DISTINCT number, pos FROM events WHERE {within} ORDER BY ALL").fetchall()
    if not places:
        return 0
    keys = side.key.joined
    staging.database.execute(f"CREATE OR REPLACE TABLE touched AS SELECT DISTINCT {keys} FROM events WHERE {within}")
    asked = side.read_keys("touched")
    # Each place says: the events before it are in the snapshot. The last: all of them are.
    ends = [Position(*place) for place in places] + [bracket.high]
    best = _best(lambda end: _differences(side, before(end, bracket, topic)), ends, 0, len(ends) - 1)
    staging.cut(ends[best], bracket, topic)
    return asked


def _best(differences: Callable[[Position], int], ends: Sequence[Position], low: int, high: int) -> int:
    """The place with the fewest differences; of several, the latest."""
    step = max(1, (high - low) // _TRIED)
    wrong = {at: differences(ends[at]) for at in [*range(low, high, step), high]}
    best: int = max(at for at, count in wrong.items() if count == min(wrong.values()))
    if step == 1:
        return best
    return _best(differences, ends, max(low, best - step), min(high, best + step))


def _differences(side: Side, before_it: str) -> int:
    keys = side.key.joined
    side.staging.fold(name="trial", where=f"({keys}) IN (SELECT ({keys}) FROM touched) AND ({before_it})")
    return side.count_differences("TRUE", "trial")
