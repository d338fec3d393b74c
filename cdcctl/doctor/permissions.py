"""What the connectors' role has to be allowed to do, from the pipeline alone.

Sources: MSK guide, "Understand service execution role"; Glue guide, "Schema registry: IAM examples"; for the sink's
groups and transactions Channel, Worker and Coordinator of the Iceberg sink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdcctl.pipeline import AivenS3Sink, IcebergSink, Pipeline, Sink
from cdcctl.render import names


@dataclass(frozen=True)
class Need:
    """Actions on one resource, and what they are for."""

    purpose: str
    actions: tuple[str, ...]
    resource: str


_TOPIC = ("CreateTopic", "DescribeTopic", "WriteData", "ReadData")
_GROUP = ("AlterGroup", "DescribeGroup")
_TRANSACTION = ("AlterTransactionalId", "DescribeTransactionalId")


def needs(pipeline: Pipeline, region: str, secret_arn: str | None) -> list[Need]:
    """Everything that the role needs, with one example where names are made up at run time.

    :param secret_arn: of the secret with MySQL's credentials; None leaves it out.
    """
    found: list[Need] = []
    if pipeline.kafka.authentication == "IAM" and pipeline.kafka.cluster_arn:
        found += _kafka(pipeline, pipeline.kafka.cluster_arn)
    partition, account = pipeline.connect.role_arn.split(":")[1], pipeline.connect.role_arn.split(":")[4]
    glue = f"arn:{partition}:glue:{pipeline.registries.region or region}:{account}"
    if pipeline.registries.role_arn is None:
        found += _schemas(pipeline, glue)
    if pipeline.source.credentials.ssm:
        parameter = f"parameter/{pipeline.source.credentials.ssm.strip('/')}"
        for key in (pipeline.source.credentials.username_key, pipeline.source.credentials.password_key):
            resource = f"arn:{partition}:ssm:{region}:{account}:{parameter}/{key}"
            found.append(Need("read MySQL's credentials", ("ssm:GetParameter",), resource))
    if secret_arn:
        found.append(Need("read MySQL's credentials", ("secretsmanager:GetSecretValue",), secret_arn))
    for sink in pipeline.sinks.values():
        found += _files(pipeline, sink, partition, f"arn:{partition}:glue:{region}:{account}")
    return found


def _kafka(pipeline: Pipeline, cluster: str) -> Iterator[Need]:
    def place(kind: str, name: str) -> str:
        return f"{cluster.replace(':cluster/', f':{kind}/')}/{name}"

    def need(purpose: str, actions: tuple[str, ...], resource: str) -> Need:
        return Need(purpose, tuple(f"kafka-cluster:{action}" for action in actions), resource)

    yield need("connect to the brokers", ("Connect", "DescribeCluster", "WriteDataIdempotently"), cluster)
    prefix = pipeline.topic_prefix
    # A table of the future stands for all that are not spelled out.
    for topic in pipeline.topics.values() or [f"{prefix}.database.table"]:
        yield need("write and read the tables' topics", _TOPIC, place("topic", topic))
    own = [names.schema_history_topic(pipeline), names.offset_topic(pipeline), "__amazon_msk_connect_status_x"]
    if pipeline.source.heartbeat:
        own.append(f"{pipeline.source.heartbeat.topic_prefix or '__debezium-heartbeat'}.{prefix}")
    for topic in own:
        yield need("keep offsets and schema history", _TOPIC, place("topic", topic))
    for group in (f"{prefix}-schemahistory", "__amazon_msk_connect_x"):
        yield need("run the source", _GROUP, place("group", group))
    if pipeline.source.signal_topic:
        yield need("read signals", ("DescribeTopic", "ReadData"), place("topic", pipeline.source.signal_topic))
        # KafkaSignalChannel's default group.
        yield need("read signals", _GROUP, place("group", "kafka-signal"))
    for sink in pipeline.sinks.values():
        group = names.sink_group(pipeline, sink)
        yield need(f"run sink {sink.name}", _GROUP, place("group", group))
        if sink.dead_letters:
            yield need(f"keep dead letters of sink {sink.name}", _TOPIC, place("topic", sink.dead_letters.topic))
        if isinstance(sink, IcebergSink):
            purpose = f"commit in sink {sink.name}"
            yield need(purpose, _TOPIC, place("topic", names.control_topic(pipeline, sink)))
            for each in (f"{group}-coord", "cg-control-x"):
                yield need(purpose, _GROUP, place("group", each))
            for each in ("coordinator-txn-x", "worker-txn-x"):
                yield need(purpose, _TRANSACTION, place("transactional-id", each))


def _schemas(pipeline: Pipeline, glue: str) -> Iterator[Need]:
    actions = ["GetSchemaByDefinition"]
    if pipeline.registries.auto_register:
        actions += ["CreateSchema", "PutSchemaVersionMetadata", "RegisterSchemaVersion"]
    topic = next(iter(pipeline.topics.values()), f"{pipeline.topic_prefix}.database.table")
    for registry in (pipeline.registries.keys, pipeline.registries.values):
        for resource in (f"registry/{registry}", f"schema/{registry}/{topic}"):
            yield Need("register schemas", tuple(f"glue:{action}" for action in actions), f"{glue}:{resource}")
    # By version id, which names no resource.
    yield Need("read schemas", ("glue:GetSchemaVersion",), "*")


def _files(pipeline: Pipeline, sink: Sink, partition: str, glue: str) -> Iterator[Need]:
    purpose, bucket = f"write files of sink {sink.name}", f"arn:{partition}:s3:::"
    if isinstance(sink, IcebergSink):
        place = sink.warehouse.removeprefix("s3://").rstrip("/")
        objects = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
        yield Need(purpose, objects, f"{bucket}{place}/x")
        yield from _catalog(pipeline, sink, glue)
    elif not (isinstance(sink, AivenS3Sink) and sink.role_arn):
        place = f"{sink.bucket}/{sink.prefix.strip('/')}".rstrip("/")
        yield Need(purpose, ("s3:PutObject", "s3:AbortMultipartUpload"), f"{bucket}{place}/x")


def _catalog(pipeline: Pipeline, sink: IcebergSink, glue: str) -> Iterator[Need]:
    """Glue authorizes an action on a table for the catalog, the database and the table."""
    purpose = f"keep tables of sink {sink.name}"
    of_tables = ("glue:GetTable", "glue:CreateTable", "glue:UpdateTable")
    tables = [sink.table_of(table).split(".", 1) for table in pipeline.tables_of(sink)]
    for place in dict.fromkeys(["catalog", *(f"database/{database}" for database, _ in tables)]):
        yield Need(purpose, ("glue:GetDatabase", *of_tables), f"{glue}:{place}")
    for database, table in tables:
        yield Need(purpose, of_tables, f"{glue}:table/{database}/{table}")
