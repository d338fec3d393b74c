"""The first pipeline file: what a running MySQL, or the command line alone, says of a pipeline to be made."""
