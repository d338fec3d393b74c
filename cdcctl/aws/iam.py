"""IAM: a role, and what it would be allowed to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import NotFoundError

# SimulatePrincipalPolicy takes at most this many of each (API_SimulatePrincipalPolicy: a page of answers is 1000).
_ACTIONS = 50


class Iam:
    """The operations cdcctl uses; ``client`` is boto3's ``iam``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def trust(self, role_arn: str) -> Mapping[str, Any] | None:
        """The trust policy of a role, or None when there is no such role."""
        try:
            with translated(f"role {role_arn}"):
                found = self._client.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        except NotFoundError:
            return None
        policy: Mapping[str, Any] = found["AssumeRolePolicyDocument"]
        return policy

    def denied(self, role_arn: str, actions: Sequence[str], resource: str) -> list[str]:
        """Those of the actions that the role's policies do not allow on a resource.

        What the resource's own policy says is not looked at.
        """
        refused = []
        for start in range(0, len(actions), _ACTIONS):
            request = {
                "PolicySourceArn": role_arn,
                "ActionNames": list(actions[start : start + _ACTIONS]),
                "ResourceArns": [resource],
            }
            with translated(f"the permissions of role {role_arn}"):
                pages = self._client.get_paginator("simulate_principal_policy").paginate(**request)
                results = [each for page in pages for each in page["EvaluationResults"]]
            refused += [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
        return refused
