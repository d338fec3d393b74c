"""Rendered configurations judged by the connectors' own classes, in a JVM, with nothing else running."""
