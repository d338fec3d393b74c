"""From coordinates to a lock: which artifacts they need, as Maven would choose them, with size and SHA-256.

Versions inside a lock are the ones Maven would choose for a project that depends on the roots (nearest wins, no
dependency management of ours), scopes compile and runtime, nothing optional. jgo does the choosing.
"""

from __future__ import annotations

import contextlib
import fnmatch
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from cdcctl.errors import RemoteError
from cdcctl.plugins.cache import cache_folder, link_or_copy, sha256_of, workspace, write_stamp
from cdcctl.plugins.lock import JAR, Lock, LockedFile
from cdcctl.plugins.recipe import Recipe
from cdcctl.plugins.repositories import Repositories

if TYPE_CHECKING:
    from jgo.maven import Dependency, MavenContext

Say = Callable[[str], None]
_TIMEOUT_SECONDS = 60
_THREADS = 8
_OK = 200
_NEAR = 8


def resolve(recipe: Recipe, version: str, repositories: Repositories, say: Say) -> Lock:
    """Resolve a recipe at a version; everything it consists of is in the cache afterwards.

    :raises RemoteError: no repository has one of the artifacts, or one did not answer.
    """
    say(f"resolving {recipe.name} {version}")
    with _maven(repositories) as context:
        roots = [_dependency(context, root) for root in recipe.roots_at(version)]
        for root in roots:
            _require(root, repositories)
        dependencies = _all(recipe, context, roots)
        files = []
        with ThreadPoolExecutor(_THREADS) as threads:
            for file in threads.map(_locked, dependencies):
                files.append(file)
                say(f"pinning {recipe.name} {version}: {len(files)} of {len(dependencies)} artifacts")
    return Lock(
        name=recipe.name,
        version=version,
        description=recipe.description,
        license=recipe.license,
        roots=recipe.roots_at(version),
        files=tuple(sorted(files, key=lambda file: file.coordinate)),
        drop=recipe.drop,
        last=recipe.last,
    )


def published_versions(recipe: Recipe, repositories: Repositories) -> list[str]:
    """The versions of a connector that the repositories have, oldest first.

    :raises RemoteError: a repository did not answer.
    """
    with _maven(repositories) as context:
        return _versions(_dependency(context, recipe.roots_at("0")[0]))


@contextlib.contextmanager
def _maven(repositories: Repositories) -> Iterator[MavenContext]:
    """A context of jgo over these repositories, with a Maven repository folder that is gone afterwards."""
    from jgo.maven import MavenContext

    with workspace(cache_folder("artifacts")) as folder, _quiet_jgo(), _in_words(repositories):
        yield MavenContext(
            repo_cache=folder,
            local_repos=[repositories.own],
            remote_repos={f"r{n}": each.address_with_credentials for n, each in enumerate(repositories.remote)},
            timeout=_TIMEOUT_SECONDS,
        )


def _dependency(context: MavenContext, coordinate: str) -> Dependency:
    """A dependency on ``group:artifact:version[:classifier][:type]``, as Maven takes it.

    jgo would import every root as a BOM too, unless it is raw; that mixes versions which Maven would not
    (Avro 1.9.2 instead of 1.12.2 beside Iceberg).
    """
    from jgo.maven import Dependency

    group, artifact, version, classifier, kind = (*coordinate.split(":"), "", "")[:5]
    component = context.project(group, artifact).at_version(version)
    return Dependency(component.artifact(classifier, kind or JAR), raw=True)


def _all(recipe: Recipe, context: MavenContext, roots: list[Dependency]) -> list[Dependency]:
    if not recipe.transitive:
        return roots
    inputs, transitive = context.resolver.resolve(roots)
    needed = [each for each in transitive if each.scope in ("compile", "runtime") and not each.optional]
    return [*inputs, *(each for each in needed if not _dropped(recipe, each.artifact.filename))]


def _dropped(recipe: Recipe, file: str) -> bool:
    return any(fnmatch.fnmatchcase(file, pattern) for pattern in recipe.drop)


def _locked(dependency: Dependency) -> LockedFile:
    """The entry of a lock for one artifact, which is put into our cache."""
    path: Path = dependency.artifact.resolve()
    parts = [dependency.groupId, dependency.artifactId, dependency.version]
    if dependency.classifier or dependency.type != JAR:
        parts.append(dependency.classifier)
    if dependency.type != JAR:
        parts.append(dependency.type)
    file = LockedFile(":".join(parts), path.name, path.stat().st_size, sha256_of(path))
    kept = cache_folder("artifacts") / file.path
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link_or_copy(path, kept)
        write_stamp(kept, file.sha256)
    return file


def _require(root: Dependency, repositories: Repositories) -> None:
    """Ask for a root by itself: that it is not there is an answer worth more than what jgo would say of it."""
    import requests

    path = f"{root.artifact.component.path_prefix.as_posix()}/{root.artifact.filename}"
    if (repositories.own / path).is_file():
        return
    answers = []
    for each in repositories.remote:
        address = f"{each.address}/{path}"
        answer = requests.head(address, auth=each.credentials, allow_redirects=True, timeout=_TIMEOUT_SECONDS)
        if answer.status_code == _OK:
            return
        answers.append(f"{each.name}: {answer.status_code} {answer.reason}")
    versions = _versions(root)
    near = (
        f"published: {', '.join(versions[-_NEAR:])}" if versions else "check the coordinate; is a repository missing?"
    )
    raise RemoteError(f"no repository has {root.artifact}", hint=near, details=answers)


def _versions(root: Dependency) -> list[str]:
    project = root.artifact.component.project
    project.update()
    return [str(version) for version in project.metadata.versions]


@contextlib.contextmanager
def _quiet_jgo() -> Iterator[None]:
    """What jgo logs may hold addresses with credentials; what counts of it is raised as well."""
    log = logging.getLogger("jgo")
    propagated, silent = log.propagate, logging.NullHandler()
    log.addHandler(silent)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(silent)
        log.propagate = propagated


@contextlib.contextmanager
def _in_words(repositories: Repositories) -> Iterator[None]:
    """Turn what jgo and its HTTP client raise into our errors, without credentials."""
    import requests

    asked = f"asked: {repositories.names}"
    try:
        yield
    except requests.RequestException as error:
        reason = repositories.redacted(str(error))
        raise RemoteError(f"a Maven repository did not answer: {reason}", hint=f"try again; {asked}") from None
    except (RuntimeError, ValueError) as error:
        raise RemoteError(f"Maven resolution failed: {repositories.redacted(str(error))}", hint=asked) from None
