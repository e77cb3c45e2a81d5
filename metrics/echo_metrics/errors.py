"""Errors and warnings of the metric library."""


class MetricInputError(ValueError):
    """An input from which no meaningful number can be computed; the message says what a user did wrong, in their terms."""


class UndefinedMetricError(MetricInputError):
    """The input is well formed, and the quantity does not exist on it: a still face has no smoothness."""


class MetricWarning(UserWarning):
    """A number was computed, and something about the input limits what it means; the message says what and how much."""
