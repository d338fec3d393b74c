"""Plan what a pipeline needs, and carry the plan out through the AWS APIs."""
