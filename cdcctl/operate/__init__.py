"""What is done with a deployed pipeline: its state, its logs, its connectors paused and restarted, its drift found."""
