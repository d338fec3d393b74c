"""How a pipeline is doing: connectors, lag, positions, commits, schemas, dead letters, as far as each can be seen."""
