"""Where faults strike in a scenario: drawn from a seed, so that the same seed strikes at the same moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from cdcctl.errors import InputError
from cdcctl.verify.faults import catalogue
from cdcctl.verify.scenario import Scenario
from cdcctl.verify.steps import Fault, Step

# A fault comes this many seconds after the statements it follows, at most: then much of them is still on its way.
_LATEST = 2.0


def with_faults(scenario: Scenario, names: Sequence[str], seed: int) -> Scenario:
    """The scenario with these faults in it, once the pipeline is deployed.

    :param names: names of the catalogue; ``random`` stands for one that is drawn.
    :raises UsageError: there is no such fault.
    :raises InputError: nothing happens in the scenario after the pipeline is deployed.
    """
    rng = Random(seed)  # noqa: S311 - not for secrets
    steps = list(scenario.steps)
    for name in names:
        drawn = rng.choice(list(catalogue.KINDS)) if name == catalogue.RANDOM else name
        _place(steps, catalogue.kind(drawn), rng, scenario.name)
    return replace(scenario, steps=tuple(steps))


def _place(steps: list[Step], kind: catalogue.Kind, rng: Random, scenario: str) -> None:
    deployed = next(place for place, step in enumerate(steps) if step.kind == "deploy")
    places = [place for place, step in enumerate(steps) if place > deployed and step.runs_sql]
    if not places:
        raise InputError(
            f"no statement of {scenario} runs after the pipeline is deployed: a fault would strike nothing",
            hint="give the scenario a second SQL file",
        )
    place = rng.choice(places)
    lasts = round(kind.seconds * rng.uniform(0.5, 1.5), 1)
    # What strikes requests must be there before the statement that leads to them.
    during = kind.spares_sql and (kind.part is None or rng.random() < 0.5)
    if during and steps[place].kind == "sql" and not steps[place].beside:
        fault = Fault(strike=kind.name, seconds=lasts, sql=steps[place].argument)
        steps[place] = Step(kind="fault", fault=fault)
    else:
        fault = Fault(strike=kind.name, seconds=lasts, after=round(rng.uniform(0, _LATEST), 1))
        steps.insert(place + 1, Step(kind="fault", fault=fault))
