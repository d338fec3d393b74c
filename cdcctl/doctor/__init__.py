"""Preflight: what of a pipeline's place would keep it from running, and what to do about it. Changes nothing."""
