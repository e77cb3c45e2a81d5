"""Evaluation of the reference model and its variants on dyad-mini's test split."""
