"""Results: the schema of what is kept, how intervals and provenance come into it."""
