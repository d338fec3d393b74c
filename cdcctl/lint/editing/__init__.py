"""Changing a file so that only what is meant changes: comments, order, blanks and line ends stay."""
