"""Sets, lists and ends the faults of an emulator, through its own endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import urllib3

from cdcctl.errors import InputError, LocalEnvironmentError

_FAULTS = "/_cdcctl/faults"


def set_fault(endpoint: str, fault: Mapping[str, Any]) -> dict[str, Any]:
    """Have something go wrong from now on; the fault as the emulator keeps it.

    :param fault: members of :class:`~cdcctl.local.emulator.faults.FaultSpec`; None stands for one left out.
    :raises InputError: there is no such fault.
    :raises LocalEnvironmentError: nobody answers.
    """
    given = {name: value for name, value in fault.items() if value is not None}
    return _ask(endpoint, "POST", _FAULTS, given)


def list_faults(endpoint: str) -> list[dict[str, Any]]:
    """All faults that were not cleared, also those that are over.

    :raises LocalEnvironmentError: nobody answers.
    """
    found: list[dict[str, Any]] = _ask(endpoint, "GET", _FAULTS)["faults"]
    return found


def clear_faults(endpoint: str, identifiers: Sequence[str] = ()) -> int:
    """End these faults, or all when none is named; how many there were.

    :raises InputError: one does not exist; those before it are ended.
    :raises LocalEnvironmentError: nobody answers.
    """
    if not identifiers:
        return int(_ask(endpoint, "DELETE", _FAULTS)["cleared"])
    return sum(int(_ask(endpoint, "DELETE", f"{_FAULTS}/{each}")["cleared"]) for each in identifiers)


def reset(endpoint: str) -> None:
    """End all faults, stop all connectors and forget all resources of all services.

    :raises LocalEnvironmentError: nobody answers.
    """
    _ask(endpoint, "POST", "/_cdcctl/reset")


def in_words(fault: Mapping[str, Any]) -> str:
    """One line about a fault."""
    where = " ".join(filter(None, (fault["service"], fault["operation"])))
    of = (
        fault["kind"],
        f"of {where}" if where else "",
        f"for names with {fault['resource']!r}" if fault["resource"] else "",
        f"as {fault['code']}" if fault["code"] else "",
        f"by {fault['delay']:g} s" if fault["delay"] else "",
        f"with probability {fault['probability']:g}" if fault["probability"] < 1 else "",
    )
    most = f" of {fault['count']}" if fault["count"] else ""
    left = "" if fault["seconds_left"] is None else f", {fault['seconds_left']:g} s left"
    return f"{fault['id']}  {' '.join(filter(None, of))}; struck {fault['struck']}{most}{left}"


def _ask(endpoint: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    url = endpoint.rstrip("/") + path
    try:
        # A reset waits for workers to stop.
        answer = urllib3.request(method, url, body=json.dumps(body or {}), timeout=120, retries=False)
        found: dict[str, Any] = answer.json()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise LocalEnvironmentError(
            f"no emulator answers at {endpoint}: {error}", hint="see: cdcctl local status"
        ) from error
    if answer.status >= 400:
        raise InputError(str(found.get("error", found)), hint="see: cdcctl local fault set --help")
    return found
