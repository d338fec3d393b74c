"""What a sink has written, read back: Iceberg tables, and plain objects of the S3 sinks of Confluent and Aiven."""
