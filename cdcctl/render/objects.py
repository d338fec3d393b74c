"""Where the S3 sinks put the objects of a topic."""

from __future__ import annotations

from collections.abc import Mapping

from cdcctl.render import confluent_s3

_AIVEN_NAME = "{{topic}}-{{partition}}-{{start_offset}}"


def folder_of(config: Mapping[str, str], topic: str) -> tuple[str, str] | None:
    """Bucket and prefix of all objects of a topic and of nothing else; None where their names do not tell topics apart.

    :param config: of the sink's connector.
    """
    if config["connector.class"] == confluent_s3.CONNECTOR_CLASS:
        # TopicPartitionWriter.fileKeyToCommit.
        delimiter = config.get("directory.delim", "/")
        return config["s3.bucket.name"], f"{config.get('topics.dir', 'topics')}{delimiter}{topic}{delimiter}"
    template = config.get("file.name.template", _AIVEN_NAME)
    if prefix := config.get("aws.s3.prefix"):
        # With a prefix the sink does not look at the template.
        template = prefix + _AIVEN_NAME
    before, found, after = template.partition("{{topic}}")
    # Without a slash after it, the objects of a topic whose name only begins like this one's would be meant as well.
    if not found or "{{" in before or not after.startswith("/"):
        return None
    return config["aws.s3.bucket.name"], f"{before}{topic}/"
