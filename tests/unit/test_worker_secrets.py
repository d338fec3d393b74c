"""A worker's secrets: found, read, and written where nobody else reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcctl.local.emulator import worker_secrets
from cdcctl.render.worker import SECRETS_PROVIDER_CLASS

PROVIDERS = {"config.providers": "sm", "config.providers.sm.class": SECRETS_PROVIDER_CLASS}


@pytest.mark.parametrize("name", ["plain", "a/b/c", "../../up", "/etc/x", ".hidden", "a b+=@", "ü"])
def test_secrets_of_any_name_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "secrets"
    config = {"x": f"${{sm:{name}:k}}", "y": "a ${sm:other:k} b", "z": "${env:PATH:k}"}
    found = worker_secrets.references(config, {"sm"})
    assert found == {name: {"k"}, "other": {"k"}}
    secrets = worker_secrets.read(found, lambda _name: '{"k": "v", "n": 5}')
    worker_secrets.write(folder, secrets)
    renamed = worker_secrets.with_file_names(config, {"sm"})
    assert renamed["z"] == config["z"]
    file = folder / renamed["x"].split(":")[1]
    assert file.parent == folder
    assert file.stat().st_mode & 0o077 == 0
    assert "k=v" in file.read_text()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        path.name for path in folder.iterdir()
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no json", "does not hold a JSON object"),
        ("[1]", "does not hold a JSON object"),
        ('{"other": "hunter2"}', "has no key k"),
    ],
)
def test_unusable_secret(value: str, said: str) -> None:
    with pytest.raises(worker_secrets.SecretError, match=said) as caught:
        worker_secrets.read({"s": {"k"}}, lambda _name: value)
    assert "hunter2" not in str(caught.value)


def test_provider_for_files_takes_the_place_of_awss() -> None:
    properties = {**PROVIDERS, "config.providers.sm.param.region": "r", "config.providers.env.class": "x"}
    replaced = worker_secrets.with_file_provider(properties)
    assert replaced["config.providers.sm.class"].endswith("FileConfigProvider")
    assert "config.providers.sm.param.region" not in replaced
    assert replaced["config.providers.env.class"] == "x"
    assert worker_secrets.with_file_names({"a": "${sm:b:c}"}, set()) == {"a": "${sm:b:c}"}
