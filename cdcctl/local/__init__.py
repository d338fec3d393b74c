"""The stack on one machine: MySQL, Kafka and AWS on loopback."""
