"""SQL text as MySQL's clients read it: where statements begin and end, names and strings in them."""
