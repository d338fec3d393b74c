"""The AWS side of the local stack: one endpoint, moto plus our MSK Connect and Glue Schema Registry."""
