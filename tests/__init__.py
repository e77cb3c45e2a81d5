"""Tests, grouped by what they compare with: units, properties, golden values, peers, the command line, whole runs."""
