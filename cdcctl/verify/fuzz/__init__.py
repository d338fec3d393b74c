"""Random scenarios: SQL that nobody thought of, run through the real pipeline, and what fails shrunk to its core."""
