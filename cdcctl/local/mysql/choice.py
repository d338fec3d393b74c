"""Which provider a stack uses: the one that was asked for, else the first that can work here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cdcctl.errors import LocalEnvironmentError, UsageError
from cdcctl.local.mysql import docker
from cdcctl.local.mysql.address import address
from cdcctl.local.mysql.base import PROCESS, MySQLServer, Progress, Provider
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
    failed: Mapping[str, str] | None = None,
) -> Provider:
    """The provider to use.

    A server that the user named is never silently replaced by another one: with a URL there is no second choice,
    unless ``requested`` says otherwise.

    :param requested: one of NAMES; None leaves the choice to this function.
    :param url: ``mysql://user@host:port/`` as an option; without it CDCCTL_MYSQL_URL is looked at.
    :param image: what the docker provider runs; without it CDCCTL_MYSQL_IMAGE, else its default.
    :param failed: providers that are not to be chosen, with what is wrong with them.
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
        if failed and provider.name in failed:
            problems.append(f"{provider.name}: {failed[provider.name]}")
            continue
        problem = provider.available()
        if problem is None:
            return provider
        problems.append(f"{provider.name}: {problem.reason}; to use it, {problem.cure}")
    what = f"the MySQL provider {requested} cannot work here" if requested else "there is no MySQL to run here"
    raise LocalEnvironmentError(what, hint="any one of these cures is enough", details=problems)


def prepared(
    requested: str | None, url: str | None, progress: Progress, *, providers: Sequence[Provider] | None = None
) -> Provider:
    """The provider to use, with all that it needs in place.

    One that nobody named gives way to the next when its things cannot be had, such as an image that cannot be pulled.

    :raises UsageError: as :func:`choose`.
    :raises LocalEnvironmentError: as :func:`choose`, or what a provider that was named lacks.
    """
    failed: dict[str, str] = {}
    while True:
        provider = choose(requested, url, providers=providers, failed=failed)
        try:
            provider.prepare(progress)
        except LocalEnvironmentError as error:
            if requested or provider.name == "url":
                raise
            failed[provider.name] = error.message + (f"; to use it, {error.hint}" if error.hint else "")
            progress(f"{provider.name}: {error.message}; trying what is next")
        else:
            return provider


def provider_of(server: MySQLServer) -> Provider:
    """The provider that started a server of ours, to start it again."""
    return next(one for one in _providers(None, None, {}) if one.name == server.provider)


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
