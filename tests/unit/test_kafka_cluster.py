"""Questions to brokers that come back from a fault are asked again; what makes no sense to ask again is told."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from cdcctl.errors import RemoteError
from cdcctl.kafka import cluster


class Admin:
    """Answers as told, one error after the other and then offset 7."""

    errors: list[int]

    def __init__(self, _settings: Any) -> None:
        pass

    def list_topics(self, timeout: float) -> Any:
        return SimpleNamespace(topics={"t": SimpleNamespace(error=None, partitions={0: None})})

    def list_offsets(self, asked: dict[Any, Any], request_timeout: float) -> dict[Any, Future[Any]]:
        answers: dict[Any, Future[Any]] = {each: Future() for each in asked}
        for future in answers.values():
            if self.errors:
                future.set_exception(KafkaException(KafkaError(self.errors.pop(0))))
            else:
                future.set_result(SimpleNamespace(offset=7))
        return answers


@pytest.mark.parametrize(
    "passing",
    [
        KafkaError._TRANSPORT,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        pytest.param(KafkaError._NOENT, id="no leader"),
    ],
)
def test_where_topics_end_is_asked_until_the_brokers_are_back(monkeypatch: pytest.MonkeyPatch, passing: int) -> None:
    monkeypatch.setattr(cluster, "AdminClient", Admin)
    Admin.errors = [passing, passing]
    checks: list[None] = []
    assert cluster.Cluster({}, lambda: checks.append(None)).ends(["t", "none"]) == {"t": {0: (7, 7)}}
    assert len(checks) == 2


def test_what_is_not_allowed_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "AdminClient", Admin)
    Admin.errors = [KafkaError.TOPIC_AUTHORIZATION_FAILED]
    with pytest.raises(RemoteError, match="did not say where topics end"):
        cluster.Cluster({}, lambda: None).ends(["t"])
