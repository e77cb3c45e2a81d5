"""Errors of the metric library."""


class MetricInputError(ValueError):
    """An input from which no meaningful number can be computed; the message says what a user did wrong, in their terms."""
