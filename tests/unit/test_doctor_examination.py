"""``cdcctl doctor``: an examination as a whole: what cannot be reached, its subjects, and whether all is fine."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from doctor_pipeline import DOCUMENT, pipeline

from cdcctl.doctor.examination import Checked, examine, is_fine
from cdcctl.doctor.findings import Status, unchecked, warn
from cdcctl.errors import UsageError


def test_what_cannot_be_reached_is_a_failure_that_says_how_much_was_left_out(place):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    place.client("secretsmanager").create_secret(
        Name="shop/mysql", SecretString='{"username": "u", "password": "hush-hush"}'
    )
    source = {**DOCUMENT["source"], "host": "127.0.0.1", "port": port}
    kafka = {**DOCUMENT["kafka"], "bootstrap_servers": f"127.0.0.1:{port}", "authentication": "NONE"}
    found = examine(pipeline(source=source, kafka=kafka), replace(place, has_network_and_roles=False), lambda _: None)
    failed = {each.check: each.finding for each in found if each.finding.status is Status.FAIL}
    assert f"127.0.0.1:{port}" in failed["brokers"].text
    assert f"MySQL at 127.0.0.1:{port}" in failed["connection"].text
    assert failed["connection"].text.endswith("21 checks were not made")
    assert "VPC" in failed["connection"].cure
    assert "hush-hush" not in str(found)
    assert not is_fine(found)
    assert [each.finding.status for each in found if each.subject == "network"] == [Status.UNCHECKED]


def test_a_subject_that_there_is_not(place):
    with pytest.raises(UsageError, match="no subject postgres"):
        examine(pipeline(), place, lambda _: None, ["kafka", "postgres"])


def test_warnings_and_unchecked_things_are_no_failure():
    assert is_fine([Checked("kafka", "x", warn("a", "b")), Checked("kafka", "x", unchecked("a"))])
