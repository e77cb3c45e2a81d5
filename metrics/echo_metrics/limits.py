"""Checks of a metric's arguments that limit what its number means: they warn and change nothing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from echo_metrics.errors import MetricWarning
from echo_metrics.sequences import warn_constant

__all__ = ["constant_channels", "official_samples", "short_tracks"]

REACT_SAMPLES = 10
SYNC_WINDOWS = 96  # of 5 frames: the 100 frames below which the official pipeline drops a track


def constant_channels(arguments: Mapping[str, Any]) -> None:
    """Warn of channels in any list of tracks that never change within a clip."""
    for name, clips in arguments.items():
        if isinstance(clips, list):
            warn_constant(clips, name, "what is left of a correlation there is the difference between resting values")


def official_samples(arguments: Mapping[str, Any]) -> None:
    """Warn when a sum over samples runs over another number of them than REACT's 10."""
    count = np.shape(arguments["pred"])[1]
    if count != REACT_SAMPLES:
        text = f"a sum over {count} samples per speaker; officially {REACT_SAMPLES}: compare after multiplying by {REACT_SAMPLES}/{count}"
        warnings.warn(text, MetricWarning, stacklevel=2)


def short_tracks(arguments: Mapping[str, Any]) -> None:
    """Warn of sync tracks so short that the zero padding of the search bends their scores."""
    short = sum(len(track) < SYNC_WINDOWS for track in arguments["video"])
    if short:
        text = f"{short} of {len(arguments['video'])} tracks last less than 4 s: zero padding bends their distances"
        warnings.warn(text, MetricWarning, stacklevel=2)
