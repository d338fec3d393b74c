"""What people do with the schemas of a registry: look, compare, register, keep them in a folder, and cure them."""
