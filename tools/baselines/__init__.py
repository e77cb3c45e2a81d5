"""Training all learned methods on dyad-mini, and the board of their motion on its test split."""
