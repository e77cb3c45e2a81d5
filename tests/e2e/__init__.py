"""The whole path on real footage."""
