"""Carry a migration through a running pipeline: planned, shown, journalled step by step, resumable from anywhere."""
