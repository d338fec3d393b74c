"""Predictions held against a running pipeline, statement by statement: see scripts/prove-predictions."""
