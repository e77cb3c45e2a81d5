"""Motion metrics: formula, damage, refusal."""
