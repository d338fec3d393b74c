"""The template: its parameters, and which of its resources outlive the stack."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cdcctl.errors import InputError, UsageError, why
from cdcctl.resources import data_folder

SHIPPED = "bootstrap.yaml"
# A longer template would have to be put into a bucket first (CloudFormation quotas).
_BYTES = 51_200


@dataclass(frozen=True)
class Parameter:
    """A parameter; ``default`` is None where a value must be given."""

    default: str | None
    description: str = ""


@dataclass(frozen=True)
class Template:
    """A template as text, and what cdcctl reads in it.

    :ivar kept: logical id → type of the resources that outlive the stack, with the policy that says so.
    """

    text: str
    parameters: Mapping[str, Parameter]
    kept: Mapping[str, tuple[str, str]]


def load_template(path: Path | None) -> Template:
    """The template at ``path``, or the one that comes with cdcctl.

    :raises InputError: it is not there, not YAML, too long, or without resources.
    """
    file = path or data_folder("cloudformation") / SHIPPED
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file} cannot be read: {why(error)}", hint="name a CloudFormation template in YAML"
        ) from None
    if len(text.encode()) > _BYTES:
        raise InputError(f"{file} has more than {_BYTES} bytes, which CloudFormation does not take", hint="shorten it")
    return read_template(str(file), text)


def read_template(name: str, text: str) -> Template:
    """What a template says.

    :raises InputError: it is not YAML, or has no resources.
    """
    try:
        # Keeps !Ref and the like as they are written.
        data = YAML(typ="rt").load(text)
    except (YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(f"{name} is not valid YAML: {problem}", hint="correct the file") from None
    resources = data.get("Resources") if isinstance(data, Mapping) else None
    if not isinstance(resources, Mapping) or not resources:
        raise InputError(f"{name} has no Resources", hint="give a CloudFormation template in YAML")
    return Template(text, _parameters(data.get("Parameters")), _kept(resources))


def _parameters(found: Any) -> dict[str, Parameter]:
    named = found.items() if isinstance(found, Mapping) else ()
    return {
        str(name): Parameter(str(each["Default"]) if "Default" in each else None, str(each.get("Description", "")))
        for name, each in named
        if isinstance(each, Mapping)
    }


def _kept(resources: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    policies = {name: each.get("DeletionPolicy", "") for name, each in resources.items() if isinstance(each, Mapping)}
    return {
        name: (str(resources[name]["Type"]), str(policy))
        for name, policy in policies.items()
        if policy != "Delete" and policy
    }


def chosen_parameters(
    template: Template, name: str, settings: Sequence[str], present: Mapping[str, str]
) -> dict[str, str | None]:
    """The value of every parameter for a change set: given, kept (None), or the template's default (left out).

    :param settings: ``KEY=VALUE`` as the user gave them.
    :param present: the parameters of the stack as it is; empty for a new one.
    :raises UsageError: a key that the template does not have, not KEY=VALUE, or a value missing.
    """
    given = dict(_setting(each, template) for each in settings)
    if "Name" in template.parameters:
        if given.get("Name", name) != name:
            raise UsageError("--set Name differs from the name of the pipeline", hint="leave it out")
        given["Name"] = name
    known = {*given, *present}
    missing = [key for key, each in template.parameters.items() if each.default is None and key not in known]
    if missing:
        raise UsageError(f"{missing[0]} has no value", hint=f"pass --set {missing[0]}=VALUE")
    return {**{key: None for key in present if key in template.parameters}, **given}


def _setting(text: str, template: Template) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text}: is not KEY=VALUE", hint="write it as --set KafkaType=serverless")
    if key not in template.parameters:
        near = difflib.get_close_matches(key, template.parameters, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(template.parameters)}"
        raise UsageError(f"the template has no parameter {key}", hint=hint)
    return key, value
