"""The network that connectors run in: subnets, the ways out of them, and VPC endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdcctl.aws.errors import translated


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    :ivar leaves: whether its routes lead out of the VPC to the internet: through a NAT or another machine or network,
        for workers have no public addresses and cannot use an internet gateway.
    """

    id: str
    vpc: str
    zone: str
    free_addresses: int
    leaves: bool


class Network:
    """The operations cdcctl uses; ``client`` is boto3's ``ec2``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def subnets(self, ids: Sequence[str]) -> list[Subnet]:
        """The subnets of these ids.

        :raises NotFoundError: one of them does not exist.
        """
        with translated(f"subnets {', '.join(ids)}"):
            found = self._client.describe_subnets(SubnetIds=list(ids))["Subnets"]
            vpcs = sorted({each["VpcId"] for each in found})
            tables = self._client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": vpcs}])["RouteTables"]
        return [
            Subnet(
                each["SubnetId"],
                each["VpcId"],
                each["AvailabilityZone"],
                each["AvailableIpAddressCount"],
                _leaves(each["SubnetId"], each["VpcId"], tables),
            )
            for each in found
        ]

    def endpoints(self, vpc: str) -> set[str]:
        """The services that a VPC has usable endpoints for, by the last part of their names, such as ``s3``."""
        with translated(f"VPC endpoints of {vpc}"):
            pages = self._client.get_paginator("describe_vpc_endpoints").paginate(
                Filters=[{"Name": "vpc-id", "Values": [vpc]}]
            )
            found = [each for page in pages for each in page["VpcEndpoints"]]
        return {each["ServiceName"].rpartition(".")[2] for each in found if each["State"].lower() == "available"}

    def missing_security_groups(self, ids: Sequence[str], vpc: str) -> list[str]:
        """Those of the security groups that this VPC does not have."""
        if not ids:
            return []
        with translated(f"security groups {', '.join(ids)}"):
            filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-id", "Values": list(ids)}]
            found = self._client.describe_security_groups(Filters=filters)["SecurityGroups"]
        return [each for each in ids if each not in {group["GroupId"] for group in found}]


def _leaves(subnet: str, vpc: str, tables: Sequence[dict[str, Any]]) -> bool:
    """By the subnet's own route table, else by the VPC's main one."""
    own = [table for table in tables if any(each.get("SubnetId") == subnet for each in table["Associations"])]
    main = [
        table for table in tables if table["VpcId"] == vpc and any(each.get("Main") for each in table["Associations"])
    ]
    return any(
        route.get("DestinationCidrBlock") == "0.0.0.0/0" and not route.get("GatewayId", "").startswith("igw-")
        for table in own or main
        for route in table["Routes"]
    )
