"""How the embedded nets are trained: ``python -m tools.train_specialists`` says with what."""
