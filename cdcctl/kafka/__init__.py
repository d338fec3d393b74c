"""Kafka as an administrator sees it: topics, how far everybody has come, and the records that Kafka Connect keeps."""
