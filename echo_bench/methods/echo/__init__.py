"""The reference model as a method, and the corpus that it is trained on."""
