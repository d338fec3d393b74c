"""A small stack for the tests of ``cdcctl bootstrap``, and a CloudFormation that answers what a test wants."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from botocore.stub import Stubber

from cdcctl.aws.cloudformation import CloudFormation
from cdcctl.aws.target import Target
from cdcctl.bootstrap.template import read_template

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
SMALL = """
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 3}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: RetainExceptOnCreate
    Properties: {BucketName: !Sub "${Name}-small"}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/small/${Name}", RetentionInDays: !Ref Days}
"""
TEMPLATE = read_template("small.yaml", SMALL)
ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/cdcctl-movies/1"
CHANGE_SET = {"Id": "arn:aws:cloudformation:us-east-1:123456789012:changeSet/x/1", "StackId": ARN}


def silent(_: object) -> None:
    """Say nothing."""


class Scripted:
    """CloudFormation as its documentation describes it where moto differs: one answer after the other."""

    def __init__(self) -> None:
        self.client = boto3.client("cloudformation", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.target = Target(boto3.Session(region_name="us-east-1"), "us-east-1", "the test account", poll_seconds=0.0)
        # The place where a cached_property keeps what it has made.
        self.target.__dict__["cloudformation"] = CloudFormation(self.client)

    def stack(self, status: str, **more: Any) -> None:
        found = {"StackName": "cdcctl-movies", "StackId": ARN, "CreationTime": NOW, "StackStatus": status, **more}
        self.stub.add_response("describe_stacks", {"Stacks": [found]})

    def no_stack(self) -> None:
        words = "Stack with id cdcctl-movies does not exist"
        self.stub.add_client_error("describe_stacks", "ValidationError", words, 400)

    def change_set(self, status: str, reason: str = "", changes: tuple[dict[str, Any], ...] = ()) -> None:
        answer = {"Status": status, "StatusReason": reason}
        answer["Changes"] = [{"Type": "Resource", "ResourceChange": each} for each in changes]
        self.stub.add_response("describe_change_set", answer)

    def events(self, *newest_first: dict[str, Any], more: bool = False) -> None:
        page: dict[str, Any] = {"StackEvents": list(newest_first), **({"NextToken": "more"} if more else {})}
        self.stub.add_response("describe_stack_events", page)


_numbers = itertools.count(1)


def happened(logical_id: str, kind: str, status: str, reason: str = "") -> dict[str, Any]:
    """An event, a second after the one made before."""
    number = next(_numbers)
    return {
        "StackId": ARN,
        "StackName": "cdcctl-movies",
        "EventId": f"{number}",
        "Timestamp": NOW + timedelta(seconds=number),
        "LogicalResourceId": logical_id,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }
