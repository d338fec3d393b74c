"""Replay a scenario through the pipeline and prove that Parquet equals MySQL."""
