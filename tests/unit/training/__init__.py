"""Metrics in training loops."""
