"""Secrets, encryption and access."""

from __future__ import annotations

from collections.abc import Iterator

from cdcctl.lint.behaviour import debezium, history
from cdcctl.lint.brokers import IAM_SETTINGS, edits, missing_settings, security_of
from cdcctl.lint.configuration import ALL, CONFLUENT_S3, CONNECTORS, DEBEZIUM, SINKS, Configuration, Setup
from cdcctl.lint.rule import Problem, drop, put, rule
from cdcctl.secrets import is_plain_secret


@rule(
    "CDC200",
    "error",
    ALL,
    title="a secret in plain text",
    why="A connector's configuration is shown by DescribeConnector and kept in the service's history, in logs of "
    "Connect and in every copy of this file.",
    source="MSK Connect API, DescribeConnector; MSK Connect developer guide, config providers",
    cure="Put it into Secrets Manager and refer to it: ${secretsmanager:NAME:key}. Change it there: it has been seen.",
)
def plain_secret(config: Configuration, _: Setup) -> Iterator[Problem]:
    for key, value in config.values.items():
        if value and is_plain_secret(key, value):
            yield Problem(f"{key} holds the secret itself", key)


@rule(
    "CDC201",
    "warning",
    (DEBEZIUM,),
    title="the connection to MySQL is not encrypted",
    why="Passwords are exchanged over it and every row passes through it. Up to Debezium 2.2 disabled is the default.",
    source="field definitions of Debezium 1.9 to 3.6, database.ssl.mode",
    cure="Set database.ssl.mode to required, or to verify_identity with a trust store.",
)
def no_tls_to_mysql(source: Configuration, setup: Setup) -> Iterator[Problem]:
    key = "database.ssl.mode"
    default = "disabled" if debezium(source, setup) < (2, 3) else "preferred"
    if (source.get(key) or default) == "disabled":
        stated = "disabled" if source.get(key) else "disabled, by default"
        yield Problem(f"{key} is {stated}", key)


@rule(
    "CDC202",
    "error",
    CONNECTORS,
    title="incomplete settings for IAM",
    why="A client with the mechanism AWS_MSK_IAM needs the login module and the callback handler of aws-msk-iam-auth, "
    "over SASL_SSL; without one of them it fails when it is made.",
    source="MSK developer guide, IAM access control; aws-msk-iam-auth",
    cure="Set all four: security.protocol, sasl.mechanism, sasl.jaas.config, sasl.client.callback.handler.class.",
)
def incomplete_iam(config: Configuration, setup: Setup) -> Iterator[Problem]:
    for key in config.values:
        prefix = key.removesuffix("sasl.mechanism")
        if prefix == key or config.get(key) != IAM_SETTINGS["sasl.mechanism"] or _judged(prefix, config, setup):
            continue
        missing = missing_settings(config, prefix, "IAM")
        if missing:
            names = ", ".join(name for name in missing if config.get(f"{prefix}{name}") != missing[name])
            yield Problem(f"{names} must be set below {prefix}", key, tuple(edits(prefix, missing)))


def _judged(prefix: str, config: Configuration, setup: Setup) -> bool:
    """Whether CDC084 or CDC137 sees to this client: they know from the brokers what it needs."""
    if prefix == "iceberg.kafka.":
        return security_of(config.get("iceberg.kafka.bootstrap.servers")) is not None
    stem = history(config, setup)
    return prefix.startswith(stem) and security_of(config.get(f"{stem}.kafka.bootstrap.servers")) is not None


@rule(
    "CDC203",
    "warning",
    CONNECTORS,
    title="Kafka without encryption",
    why="Every row passes between workers and brokers in plain text.",
    source="MSK developer guide, encryption in transit and port information",
    cure="Use the brokers' TLS or IAM port, and set encryption in transit to TLS.",
)
def kafka_in_plain_text(config: Configuration, setup: Setup) -> Iterator[Problem]:
    keys = ["iceberg.kafka.bootstrap.servers", f"{history(config, setup)}.kafka.bootstrap.servers"]
    plain = [key for key in keys if security_of(config.get(key)) == "PLAINTEXT"]
    if plain:
        yield Problem("the brokers' port is that without encryption", plain[0])
    elif config.deployment.encrypted is False:
        yield Problem("encryption in transit is PLAINTEXT")


@rule(
    "CDC204",
    "warning",
    SINKS,
    title="long-lived AWS keys",
    why="The workers have a role. Keys of a user do not expire, are in the configuration, and win over the role.",
    source="MSK Connect developer guide, service execution role; credential order of both S3 sinks",
    cure="Remove the keys and give the service execution role access to the bucket.",
)
def static_keys(sink: Configuration, _: Setup) -> Iterator[Problem]:
    for key in ("aws.access.key.id", "aws_access_key_id"):
        if sink.get(key):
            yield Problem(f"{key} is set", key)


@rule(
    "CDC205",
    "error",
    (CONFLUENT_S3,),
    title="objects that the public can read",
    why="The canned access control list is set on each object, and public-read opens it to everyone.",
    source="Amazon S3 user guide, canned ACL; S3SinkConnectorConfig, s3.acl.canned",
    cure="Remove it, or use bucket-owner-full-control.",
)
def public_objects(sink: Configuration, _: Setup) -> Iterator[Problem]:
    if sink.get("s3.acl.canned").startswith(("public-", "authenticated-read")):
        yield Problem(f"s3.acl.canned is {sink.get('s3.acl.canned')}", "s3.acl.canned", drop("s3.acl.canned"))


@rule(
    "CDC206",
    "warning",
    CONNECTORS,
    title="rows are written to the log",
    why="errors.log.include.messages adds key and value of a failed record to the log line, which goes to the log "
    "group.",
    source="ConnectorConfig of Connect, KIP-298",
    cure="Set it to false; the position in topic and partition is in the log either way.",
)
def rows_in_log(config: Configuration, _: Setup) -> Iterator[Problem]:
    key = "errors.log.include.messages"
    if config.flag(key):
        yield Problem(f"{key} is true", key, put(key, "false"))


@rule(
    "CDC207",
    "warning",
    (DEBEZIUM,),
    title="statements with their values are in the events",
    why="include.query puts the original SQL into each event: values of columns that are excluded or masked are in it.",
    source="Debezium MySQL documentation, include.query",
    cure="Set include.query to false.",
)
def statements_in_events(source: Configuration, _: Setup) -> Iterator[Problem]:
    if source.flag("include.query"):
        yield Problem("include.query is true", "include.query", put("include.query", "false"))
