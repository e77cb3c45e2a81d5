"""Comparisons with named peer packages, run in the environment that has them."""
