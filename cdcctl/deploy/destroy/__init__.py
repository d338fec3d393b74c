"""A pipeline taken down: what is its own goes, what keeps its data goes only when told, what others share stays."""
