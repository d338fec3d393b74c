"""``cdcctl import --from-msk`` on the running stack."""

from __future__ import annotations

from pathlib import Path

from test_deploy import Deployed, pipeline  # noqa: F401


def test_what_runs_is_imported_as_it_runs(pipeline: Deployed, tmp_path: Path) -> None:  # noqa: F811
    deployed = pipeline.deploy()
    assert deployed.returncode == 0, deployed.stderr
    place = ["--local", "--state", str(pipeline.stack.state)]
    connectors = [f"--from-msk={pipeline.name}-{part}" for part in ("source", "sink")]
    file = tmp_path / "imported.yaml"
    done = pipeline.run("import", *connectors, *place, "-o", file)
    assert done.returncode == 0, done.stderr
    assert "fill-in" not in file.read_text()
    planned = pipeline.run("plan", "-f", file, *place)
    assert planned.returncode == 0, planned.stdout + planned.stderr
