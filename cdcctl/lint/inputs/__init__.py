"""Reading what is to be judged: properties, JSON and pipeline files, each able to tell places and to be edited."""
