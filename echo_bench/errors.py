"""The error tree: one clear message that says what was wrong, where, and what to do.

Every error that a user can cause derives from :class:`EchoBenchError`; anything else that escapes is a bug of ours.
`exit_code` is what the command line returns for it (docs/cli.md).
"""

from __future__ import annotations

from pathlib import Path


class EchoBenchError(Exception):
    """Base of all named errors.

    Parameters
    ----------
    what : str
        What was wrong, in the user's terms.
    where : str or Path, optional
        The file, clip, method or option it was found in.
    fix : str, optional
        What the user can do about it.
    """

    exit_code = 2

    def __init__(self, what: str, where: str | Path | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(what, where, fix)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where is not None else ""
        remedy = f" -> {self.fix}" if self.fix else ""
        return f"{place}{self.what}{remedy}"


class MediaError(EchoBenchError):
    """A media file cannot be used: not a video, truncated, empty, absurd size."""


class UnreadableError(MediaError):
    """A media file cannot be read at the moment: it is away or forbidden, the disk fails, memory or open files run out. Says nothing of
    what is in it, and is never kept."""


class NoVideoError(MediaError):
    """The file has no video stream, or no frame could be decoded from it."""


class NoAudioError(MediaError):
    """The file has no audio stream although one was asked for."""


class NoFaceError(EchoBenchError):
    """No face was found in a video whose face had to be tracked."""


class DatasetError(EchoBenchError):
    """A dataset folder, layout or split cannot be used."""


class ManifestError(DatasetError):
    """A manifest is malformed, names missing files, or does not match its lock hash."""


class MethodError(EchoBenchError):
    """A method broke its contract: wrong clips, unequal samples, unknown space, failed set-up."""


class NotApplicable(EchoBenchError):
    """A method or metric has nothing to say about this clip, by rule: the clip ends as SKIPPED with the rule named."""


class RegistryError(EchoBenchError):
    """Base of errors about names of methods, datasets, metrics and extractors."""


class UnknownNameError(RegistryError):
    """No such method, dataset, metric or extractor; the message offers the nearest names."""


class NameCollisionError(RegistryError):
    """Two things claim one name."""


class UnavailableError(EchoBenchError):
    """Something needed is not present here; the message gives the command or file that would enable it."""

    exit_code = 3


class WeightsMissingError(UnavailableError):
    """A weight file is in none of its sources, or the machine is offline."""


class WeightsHashError(EchoBenchError):
    """A weight file does not have the sha256 of the manifest: never used, never a warning."""


class StoreError(EchoBenchError):
    """The feature store cannot be read or written."""


class ResultError(EchoBenchError):
    """A result file is malformed, of an unknown schema version, or not comparable."""


class MetricContractError(EchoBenchError):
    """The contract of a metric cannot be checked as asked: no input to check it with, or a clause that does not exist."""
