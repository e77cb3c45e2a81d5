"""Datasets: one file each; what they share is in :mod:`echo_bench.datasets.base`."""
