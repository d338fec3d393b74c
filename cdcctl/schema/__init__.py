"""Avro schemas: compatibility verdicts and explanations."""
