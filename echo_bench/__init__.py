"""echo-bench: the evaluation suite for interactive heads, avatars that talk and listen."""

__version__ = "0.1.0"
