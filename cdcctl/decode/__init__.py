"""Messages of Kafka, read by clients that are not the connectors'."""
