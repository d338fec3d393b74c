"""How a worker without AWS's config provider for Secrets Manager gets its secrets: Kafka's own provider, for files.

The provider's jar is on no Maven registry, so a plugin has it only when the user put it there. Otherwise the emulator
reads the secrets, as the service execution role would, and lays one properties file a secret into the worker's folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from cdcctl.render.worker import SECRETS_PROVIDER_CLASS, to_text

_FILE_PROVIDER = "org.apache.kafka.common.config.provider.FileConfigProvider"
_CLASS_KEY = re.compile(r"config\.providers\.([^.]+)\.class")


class SecretError(Exception):
    """A referenced secret is missing or has another form; the message never holds a value."""


def secret_providers(worker_properties: Mapping[str, str]) -> set[str]:
    """Names under which a worker configuration has AWS's config provider, mostly ``secretsmanager``."""
    keys = (_CLASS_KEY.fullmatch(key) for key, value in worker_properties.items() if value == SECRETS_PROVIDER_CLASS)
    return {key[1] for key in keys if key}


def references(config: Mapping[str, str], providers: set[str]) -> dict[str, set[str]]:
    """Secret → keys, as the references in a configuration name them."""
    found: dict[str, set[str]] = {}
    for value in config.values():
        for _, secret, key in _references(providers).findall(value):
            found.setdefault(secret, set()).add(key)
    return found


def read(references: Mapping[str, set[str]], secret_value: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Secret → its keys and values.

    :param secret_value: Secrets Manager: name → secret string.
    :raises SecretError: a secret or a key is not there.
    """
    found = {}
    for name, keys in sorted(references.items()):
        try:
            value = json.loads(secret_value(name))
        except (ClientError, BotoCoreError) as error:
            raise SecretError(f"secret {name} cannot be read: {error}") from error
        except (ValueError, KeyError):
            raise SecretError(f"secret {name} does not hold a JSON object") from None
        if not isinstance(value, dict):
            raise SecretError(f"secret {name} does not hold a JSON object")
        missing = sorted(keys - set(value))
        if missing:
            raise SecretError(f"secret {name} has no key {', '.join(missing)}")
        found[name] = {key: each if isinstance(each, str) else json.dumps(each) for key, each in value.items()}
    return found


def write(folder: Path, secrets: Mapping[str, Mapping[str, str]]) -> None:
    """One file a secret, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, values in secrets.items():
        path = folder / _file_name(name)
        path.touch(mode=0o600)
        path.write_text(to_text(dict(values)))


def with_file_provider(worker_properties: Mapping[str, str]) -> dict[str, str]:
    """Worker properties with Kafka's provider for files in place of AWS's."""
    providers = secret_providers(worker_properties)
    parameters = tuple(f"config.providers.{name}.param." for name in providers)
    kept = {key: value for key, value in worker_properties.items() if not (parameters and key.startswith(parameters))}
    return kept | {f"config.providers.{name}.class": _FILE_PROVIDER for name in providers}


def with_file_names(config: Mapping[str, str], providers: set[str]) -> dict[str, str]:
    """A configuration whose references name the files, relative to the folder they are in."""

    def renamed(reference: re.Match[str]) -> str:
        return f"${{{reference[1]}:{_file_name(reference[2])}:{reference[3]}}}"

    return {key: _references(providers).sub(renamed, value) for key, value in config.items()}


def _references(providers: set[str]) -> re.Pattern[str]:
    # No name at all must match nothing.
    names = "|".join(sorted(map(re.escape, providers))) or r"(?!)"
    return re.compile(r"\$\{(" + names + r"):([^:}]+):([^}]+)\}")


def _file_name(secret: str) -> str:
    """A name without slashes or dots at its start, whatever the secret is called."""
    return "secret-" + quote(secret, safe="")
