"""MSK: where a cluster's brokers are."""

from __future__ import annotations

from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import InputError
from cdcctl.pipeline import Pipeline

# The answer's member for each kind of authentication (API_GetBootstrapBrokers).
_MEMBERS = {
    ("IAM", "TLS"): "BootstrapBrokerStringSaslIam",
    ("SASL_SCRAM", "TLS"): "BootstrapBrokerStringSaslScram",
    ("MTLS", "TLS"): "BootstrapBrokerStringTls",
    ("NONE", "TLS"): "BootstrapBrokerStringTls",
    ("NONE", "PLAINTEXT"): "BootstrapBrokerString",
}


class Msk:
    """The operations cdcctl uses; ``client`` is boto3's ``kafka``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def bootstrap_servers(self, cluster_arn: str, authentication: str, encryption: str) -> str:
        """The brokers' addresses for a kind of authentication, ``host:port`` comma-separated.

        No attribute of the cluster's CloudFormation resource tells them (AWS::MSK::Cluster).

        :raises InputError: the cluster does not speak it.
        """
        with translated(f"cluster {cluster_arn}"):
            found = self._client.get_bootstrap_brokers(ClusterArn=cluster_arn)
        servers = found.get(_MEMBERS.get((authentication, encryption), ""))
        if not servers:
            raise InputError(
                f"cluster {cluster_arn} does not speak {authentication} over {encryption}",
                hint="enable it for the cluster, or name another authentication in the pipeline file",
            )
        return str(servers)

    def with_brokers(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline with the brokers of the cluster that it names.

        :raises InputError: as :meth:`bootstrap_servers`.
        """
        kafka = pipeline.kafka
        servers = self.bootstrap_servers(str(kafka.cluster_arn), kafka.authentication, kafka.encryption)
        return pipeline.model_copy(update={"kafka": kafka.model_copy(update={"bootstrap_servers": servers})})
