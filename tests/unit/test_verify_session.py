"""Several scenarios after each other: one that is no good costs nobody else's report."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from cdcctl.cli import verify as command
from cdcctl.cli.app import app
from cdcctl.errors import ChildProcessDiedError, InputError, RemoteError
from cdcctl.local import stack
from cdcctl.verify import session
from cdcctl.verify.report import Report
from cdcctl.verify.run import Options

NO_GOOD = InputError("02.sql, line 3: no such table", hint="correct the statement")


@pytest.fixture
def scenarios(monkeypatch):
    """A function that makes scenarios of outcomes: a report for True and False, or an error to be raised."""

    @contextmanager
    def place(*_):
        yield session.Place(SimpleNamespace(mysql=None), True)

    def run(scenario, *_):
        if isinstance(scenario.outcome, BaseException):
            raise scenario.outcome
        return Report(scenario.name, scenario.outcome)

    monkeypatch.setattr(session, "running_stack", place)
    monkeypatch.setattr(session, "run", run)
    monkeypatch.setattr(session, "load_readers", lambda: None)
    monkeypatch.setattr(session, "Parts", lambda _: None)
    monkeypatch.setattr(session.stack, "target", lambda _: None)

    def make(**outcomes):
        chosen = [SimpleNamespace(name=name, outcome=outcome) for name, outcome in outcomes.items()]
        monkeypatch.setattr(command, "_chosen", lambda *_: chosen)
        return list(outcomes)

    return make


def verify(*words):
    runner = CliRunner()
    return runner.invoke(command.app, ["scenarios", *words, "--quiet"])


def test_a_scenario_that_is_no_good_is_passed_over(scenarios, tmp_path):
    out = tmp_path / "report.json"
    done = verify(*scenarios(a=True, b=InputError(NO_GOOD.message, hint=NO_GOOD.hint), c=False), "--out", str(out))
    assert [each["scenario"] for each in json.loads(out.read_text())] == ["a", "c"]
    assert "✓ a" in done.stdout
    assert "✗ c" in done.stdout
    assert isinstance(done.exception, InputError)
    assert done.exception.message == "b: 02.sql, line 3: no such table"


def test_what_ends_it_all_leaves_the_reports_of_before(scenarios):
    names = scenarios(a=True, b=InputError("x", hint="mend it"), c=ChildProcessDiedError("kafka has died"), d=True)
    done = verify(*names)
    assert "✓ a" in done.stdout
    assert "✓ d" not in done.stdout
    error = done.exception
    assert error.details == ("b: x; mend it", "c: kafka has died")
    assert error.exit_code == ChildProcessDiedError("").exit_code


def test_one_alone_is_told_of_as_it_is(scenarios):
    done = verify(*scenarios(a=RemoteError("MySQL does not answer")))
    assert (done.stdout, done.exception.message) == ("", "MySQL does not answer")


def test_of_several_the_reports_are_a_list_however_many_are_left(scenarios, tmp_path):
    out = tmp_path / "report.json"
    done = verify(*scenarios(a=InputError("x"), b=True), "--out", str(out), "--json")
    assert [each["scenario"] for each in json.loads(done.stdout)] == ["b"]
    assert out.read_text() == done.stdout
    assert json.loads(verify(*scenarios(a=True), "--json").stdout)["scenario"] == "a"


def test_an_interrupt_leaves_the_reports_of_what_is_done(scenarios, tmp_path):
    out = tmp_path / "report.json"
    names = scenarios(a=True, b=InputError("x"), c=KeyboardInterrupt(), d=True)
    done = CliRunner().invoke(app, ["verify", *names, "--out", str(out), "--json", "--quiet"])
    assert [each["scenario"] for each in json.loads(done.stdout)] == ["a"]
    assert out.read_text() == done.stdout
    assert done.stderr == "error: b: x\n1 of 4 scenarios were done\ninterrupted\n"
    assert done.exit_code == 130


def test_an_interrupt_before_anything_is_done(scenarios):
    done = CliRunner().invoke(app, ["verify", *scenarios(a=KeyboardInterrupt(), b=True), "--json", "--quiet"])
    assert (done.stdout, done.stderr) == ("", "0 of 2 scenarios were done\ninterrupted\n")
    assert done.exit_code == 130


def test_an_interrupt_is_one_for_whoever_needs_the_reports(scenarios, tmp_path):
    scenarios(a=KeyboardInterrupt())
    ran = session.run_all(command._chosen(), tmp_path, Options(), stack.Options(), lambda _: None)
    assert ran.reports == ()
    with pytest.raises(KeyboardInterrupt):
        ran.require()
