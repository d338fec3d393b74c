"""Judging connector configurations: one rule, one function, a stable code each.

A rule sees flat configurations (``dict[str, str]``) and what is known beside them; it does not matter whether they were
rendered from a pipeline file or read from a file of someone else. Nothing here talks to AWS, Kafka or MySQL.
"""
