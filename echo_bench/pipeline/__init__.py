"""From artefacts to results: plan what is missing, extract it in one pass, score what is there."""
