"""Reaction metrics: formula, damage, refusal."""
