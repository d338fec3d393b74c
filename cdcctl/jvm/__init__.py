"""Java: which one to run, how to start it fast, and a child process that drives the connectors' own classes."""
