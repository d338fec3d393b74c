"""All checks of a pipeline, subject by subject. What cannot be found out is said to be so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cdcctl.aws.credentials import read_credentials
from cdcctl.aws.target import Target
from cdcctl.doctor import (
    account_checks,
    brokers,
    kafka_checks,
    place_checks,
    server,
    server_checks,
    table_checks,
    tables,
)
from cdcctl.doctor.findings import Finding, Status, fail, unchecked
from cdcctl.errors import CdcctlError, InputError, NotFoundError, UsageError
from cdcctl.mysql.session import session
from cdcctl.pipeline import Pipeline

Say = Callable[[str], None]
_OF_MYSQL = len(server_checks.CHECKS) + len(table_checks.CHECKS)
Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Checked:
    """What one check has said. ``subject``: account, network, kafka or mysql."""

    subject: str
    check: str
    finding: Finding

    def to_dict(self) -> dict[str, str | None]:
        """As JSON."""
        return {
            "subject": self.subject,
            "check": self.check,
            "status": self.finding.status.value,
            "message": self.finding.text,
            "cure": self.finding.cure or None,
        }


def examine(pipeline: Pipeline, target: Target, say: Say, only: Collection[str] = ()) -> list[Checked]:
    """Make every check; none of them changes anything.

    :param only: subjects; all of them if none is named.
    :raises UsageError: there is no such subject.
    """
    wrong = [each for each in only if each not in _SUBJECTS]
    if wrong:
        raise UsageError(f"there is no subject {wrong[0]}", hint=f"there are: {', '.join(_SUBJECTS)}")
    found: list[Checked] = []
    for subject, look in _SUBJECTS.items():
        if only and subject not in only:
            continue
        say(f"looking at {subject}")
        target.check()
        found += [Checked(subject, check, finding) for check, finding in look(pipeline, target)]
    return found


def is_fine(found: Iterable[Checked]) -> bool:
    """Whether nothing keeps the pipeline from running, as far as could be found out."""
    return all(each.finding.status is not Status.FAIL for each in found)


Look = Callable[[Pipeline, Target], Iterator[tuple[str, Finding]]]


def _account(pipeline: Pipeline, target: Target) -> Iterator[tuple[str, Finding]]:
    yield from made(place_checks.CHECKS, pipeline, target)


def _network(pipeline: Pipeline, target: Target) -> Iterator[tuple[str, Finding]]:
    if target.has_network_and_roles:
        yield from made(account_checks.CHECKS, pipeline, target)
    else:
        yield "network", unchecked(f"{target.description} has neither roles nor subnets")


def _kafka(pipeline: Pipeline, target: Target) -> Iterator[tuple[str, Finding]]:
    try:
        kafka = pipeline.kafka
        if not kafka.bootstrap_servers and kafka.cluster_arn:
            servers = target.msk.bootstrap_servers(kafka.cluster_arn, kafka.authentication, kafka.encryption)
            kafka = kafka.model_copy(update={"bootstrap_servers": servers})
        facts = brokers.look(kafka, target, kafka_checks.topic_names(pipeline))
    except CdcctlError as error:
        yield "brokers", fail(*_left_out(error, len(kafka_checks.CHECKS) - 1))
        return
    yield from made(kafka_checks.CHECKS, pipeline, facts)


def _mysql(pipeline: Pipeline, target: Target) -> Iterator[tuple[str, Finding]]:
    source = pipeline.source
    try:
        user, password = read_credentials(target, source.credentials)
    except (NotFoundError, InputError) as error:
        known = source.credentials.provider != "env"
        yield "credentials", (fail if known else unchecked)(*_left_out(error, _OF_MYSQL))
        return
    except CdcctlError as error:
        yield "credentials", unchecked(*_left_out(error, _OF_MYSQL))
        return
    try:
        with session(source.host, source.port, user, password) as connection:
            looked = server.look(connection)
            existing = tables.base_tables(connection)
            captured = tables.describe(connection, existing, tables.captured(source, existing))
    except CdcctlError as error:
        yield "connection", fail(*_left_out(error, _OF_MYSQL))
        return
    yield from made(server_checks.CHECKS, pipeline, looked)
    yield from made(table_checks.CHECKS, pipeline, table_checks.Tables(existing, captured))


def _left_out(error: CdcctlError, checks: int) -> tuple[str, str]:
    return f"{error.message}; {checks} checks were not made", error.hint or "run this where it can be reached"


Said = Finding | list[Finding]


def made(
    checks: Mapping[str, Callable[[Pipeline, Facts], Said]], pipeline: Pipeline, facts: Facts
) -> Iterator[tuple[str, Finding]]:
    """Make checks: name and finding of each."""
    for name, check in checks.items():
        try:
            said = check(pipeline, facts)
        except CdcctlError as error:
            said = unchecked(f"{name} could not be checked: {error.message}", error.hint or "")
        for finding in said if isinstance(said, list) else [said]:
            yield name, finding


_SUBJECTS: dict[str, Look] = {"account": _account, "network": _network, "kafka": _kafka, "mysql": _mysql}
