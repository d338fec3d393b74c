"""The child process of a prediction: a JVM with the pinned jars in it, driven from Python.

A JVM cannot be started twice in a process and takes its process along when it crashes, hence the child. Nothing here
decides what a schema looks like; that is what the connectors' own classes are called for. Only the standard library and
JPype are imported, so that the process answers soon.
"""
