"""ECHO (arXiv 2603.17427): an open re-implementation, importable alone. Start with `config`, `model`, `sdcm` and `lcu`."""
