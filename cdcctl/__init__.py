"""cdcctl: one command for MySQL change data capture on Amazon MSK Connect, from render to proof."""

__version__ = "0.1.0"
