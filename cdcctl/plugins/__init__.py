"""Pinned jars, their download, and the ZIP that MSK Connect takes as a custom plugin."""
