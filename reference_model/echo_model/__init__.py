"""ECHO (arXiv 2603.17427): an open re-implementation. The model arrives with its own issue; the package name is reserved here."""
