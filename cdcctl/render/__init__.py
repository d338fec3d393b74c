"""Connector and worker configurations as pure functions of the pipeline file."""
