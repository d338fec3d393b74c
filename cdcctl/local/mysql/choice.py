"""Which provider a stack uses: the one that was asked for, else the first that can work here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError, UsageError
from cdcctl.local.mysql import docker
from cdcctl.local.mysql.address import address
from cdcctl.local.mysql.base import PROCESS, Provider
from cdcctl.local.mysql.debian import DebianProvider
from cdcctl.local.mysql.docker import DockerProvider
from cdcctl.local.mysql.path import PathProvider
from cdcctl.local.mysql.url import UrlProvider
from cdcctl.local.processes import ProcessTable

IMAGE_VARIABLE = "CDCCTL_MYSQL_IMAGE"
NAMES = ("url", "path", "docker", "debian")


def choose(
    requested: str | None,
    url: str | None,
    *,
    image: str | None = None,
    environ: Mapping[str, str] = os.environ,
    providers: Sequence[Provider] | None = None,
) -> Provider:
    """The provider to use.

    A server that the user named is never silently replaced by another one: with a URL there is no second choice,
    unless ``requested`` says otherwise.

    :param requested: one of NAMES; None leaves the choice to this function.
    :param url: ``mysql://user@host:port/`` as an option; without it CDCCTL_MYSQL_URL is looked at.
    :param image: what the docker provider runs; without it CDCCTL_MYSQL_IMAGE, else its default.
    :raises UsageError: no such provider, or no such URL.
    :raises LocalEnvironmentError: none works; every one is listed with its reason and its cure.
    """
    if requested is not None and requested not in NAMES:
        raise UsageError(f"there is no MySQL provider {requested!r}", hint=f"choose one of {', '.join(NAMES)}")
    if url and requested not in {None, "url"}:
        raise UsageError(f"a MySQL URL and the provider {requested} exclude each other", hint="leave one of them out")
    if providers is None:
        providers = _providers(url, image, environ)
    candidates = [one for one in providers if requested in {None, one.name}]
    problems = []
    for provider in candidates:
        problem = provider.available()
        if problem is None:
            return provider
        problems.append(f"{provider.name}: {problem.reason}; to use it, {problem.cure}")
    what = f"the MySQL provider {requested} cannot work here" if requested else "there is no MySQL to run here"
    raise LocalEnvironmentError(what, hint="any one of these cures is enough", details=problems)


def stop(table: ProcessTable, state: Path) -> None:
    """Stop the stack's MySQL, whichever provider started it; a server named by its URL is left alone."""
    docker.remove(state)
    table.stop(PROCESS)


def _providers(url: str | None, image: str | None, environ: Mapping[str, str]) -> list[Provider]:
    """All of them in order of preference."""
    return [
        UrlProvider(address(url, environ)),
        PathProvider(),
        DockerProvider(image or environ.get(IMAGE_VARIABLE)),
        DebianProvider(),
    ]
