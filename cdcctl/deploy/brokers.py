"""The pipeline's brokers, as far as they can be reached from here."""

from __future__ import annotations

from cdcctl.aws.target import Target
from cdcctl.errors import RemoteError
from cdcctl.kafka.cluster import Cluster
from cdcctl.kafka.connection import client_settings, unreachable
from cdcctl.pipeline import Kafka, Pipeline


def open_cluster(pipeline: Pipeline, target: Target) -> Cluster:
    """A connection to the brokers of a pipeline.

    :raises RemoteError: none can be reached: from outside their VPC, those of MSK mostly cannot.
    """
    return open_brokers(pipeline.kafka, target)


def open_brokers(kafka: Kafka, target: Target) -> Cluster:
    """A connection to brokers.

    :raises RemoteError: none can be reached.
    """
    reason = unreachable(kafka)
    if reason:
        target.check()
        raise RemoteError(
            f"the brokers cannot be reached from here ({reason})",
            hint="run this where the VPC of the cluster is reachable, such as on an instance in it",
        )
    return Cluster(client_settings(kafka, target.session, target.region), target.check)
