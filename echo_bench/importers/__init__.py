"""Importers: the files that published systems write, read as they are."""
