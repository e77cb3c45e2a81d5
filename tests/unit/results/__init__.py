"""Result files: what is kept, and what follows from it."""
