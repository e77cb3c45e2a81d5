"""Weights that are not ours to ship: named, pinned by sha256, fetched on request and never at run time."""
