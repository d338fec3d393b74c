"""``cdcctl import``: no secret gets into a file or a report; references to secrets go along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_of_import import DEBEZIUM, REGION, S3, imported, notes, rendered, run, source

from cdcctl.errors import EXIT_FINE
from cdcctl.importing.yaml_text import document
from cdcctl.pipeline import load
from cdcctl.render.configurations import render

SECRET = "hunter2-very-secret"


@pytest.mark.parametrize(
    "config",
    [
        source(database__password=SECRET),
        source(database__password=SECRET, database__user="root"),
        source(schema__history__internal__producer__ssl__keystore__password=SECRET),
        source(
            **dict.fromkeys(
                (f"schema__history__internal__{side}__sasl__jaas__config" for side in ("producer", "consumer")),
                f'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="{SECRET}";',
            )
        ),
        source(value__converter="x.Y", value__converter__basic__auth__user__info=f"user:{SECRET}"),
        source(some__url=f"https://user:{SECRET}@host/"),
        {**S3, "aws.access.key.id": f"AKIA{SECRET}", "aws.secret.access.key": SECRET},
        {**S3, "s3.proxy.password": SECRET},
    ],
    ids=lambda config: " ".join(key for key, value in config.items() if SECRET in value),
)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_gets_anywhere(tmp_path: Path, config: dict[str, str], as_json: bool) -> None:
    path, out = tmp_path / "c.json", tmp_path / "p.yaml"
    path.write_text(json.dumps(config))
    done = run(path, "-o", out, *(["--json"] if as_json else []))
    assert done.exit_code == EXIT_FINE, done.stderr
    for text in (done.output, done.stderr, out.read_text(), json.dumps(render(load([out]), REGION).source)):
        assert SECRET not in text
    assert "fill-in" in out.read_text()
    assert "in plain text" in (done.output if as_json else done.stderr)


def test_a_user_in_plain_text_beside_a_reference_stays() -> None:
    made = rendered(imported(source(database__user="root")))
    assert (made.source["database.user"], made.source["database.password"]) == ("root", "${secretsmanager:s:password}")


@pytest.mark.parametrize("name", ["secretManager", "secretsManager"])
def test_the_provider_is_called_as_the_worker_knows_it(name: str) -> None:
    made = imported(source(database__user=f"${{{name}:s:u}}", database__password=f"${{{name}:s:p}}"))
    assert rendered(made).source["database.password"] == "${secretsmanager:s:p}"
    assert notes(made, "modernised")["database.user"] == "${secretsmanager:s:u}"


@pytest.mark.parametrize(
    "key", ["topic__prefix", "database__hostname", "schema__history__internal__kafka__bootstrap__servers"]
)
def test_references_where_the_file_takes_none(key: str) -> None:
    name = key.replace("__", ".")
    made = imported(source(**{key: "${file:/x.properties:y}"}))
    assert rendered(made).source[name] == "${file:/x.properties:y}"


@pytest.mark.parametrize(
    ("user", "password", "credentials"),
    [
        ("${ssm::/p/username}", "${ssm::/p/password}", {"ssm": "/p"}),
        ("${env:DB_USERNAME}", "${env:DB_PASSWORD}", {"environment": "DB"}),
        ("${secretsmanager:s:u}", "${secretsmanager:s:p}", {"secret": "s", "username_key": "u", "password_key": "p"}),
    ],
)
def test_credentials(user: str, password: str, credentials: dict[str, str]) -> None:
    made = imported(source(database__user=user, database__password=password))
    assert document(made)["source"]["credentials"] == credentials
    assert "database.user" not in document(made)["source"].get("properties", {})


def test_a_mechanism_that_the_file_has_no_word_for_holds_for_every_client() -> None:
    client = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": 'PlainLoginModule required username="${secretsmanager:k:u}" '
        'password="${secretsmanager:k:p}";',
    }
    sides = ("schema.history.internal.producer.", "schema.history.internal.consumer.")
    made = imported({**DEBEZIUM, **{side + key: value for side in sides for key, value in client.items()}})
    assert document(made)["kafka"]["properties"] == client
    now = rendered(made)
    for config, prefixes in ((now.source, sides), (now.sink, ("iceberg.kafka.",))):
        assert {key: config[side + key] for side in prefixes for key in client} == client
    assert not [key for key in document(made)["source"].get("properties", {}) if "sasl" in key or "security" in key]


def test_what_tells_where_credentials_come_from_is_no_secret() -> None:
    sink = {**S3, "value.converter": "io.confluent.connect.avro.AvroConverter"}
    sink |= {
        "value.converter.basic.auth.credentials.source": "USER_INFO",
        "value.converter.basic.auth.user.info": "a:b",
    }
    made = rendered(imported(sink)).sink
    assert made["value.converter.basic.auth.credentials.source"] == "USER_INFO"
    assert made["value.converter.basic.auth.user.info"].startswith("${secretsmanager:fill-in:")
