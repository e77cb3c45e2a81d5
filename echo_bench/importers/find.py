"""Which files of a folder are clips, and what each clip is called."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from echo_bench.importers.errors import FormatError

ID = re.compile(r"[A-Za-z0-9][\w.#+@=-]*")
PLACE = "{id}"


def one_clip(path: Path, name: str | None) -> dict[str, Path]:
    """The one clip that `path` is, under `name` or its own stem.

    Raises
    ------
    FormatError
        When it does not exist, or the name cannot name a file.
    """
    if not path.exists():
        raise FormatError("does not exist", where=path)
    return {_checked(name or (path.name if path.is_dir() else path.stem), path): path}


def clips_of(root: Path, pattern: str) -> dict[str, Path]:
    """The clips of a folder by a pattern such as ``{id}_speaker2.npz``, in order of id.

    Parameters
    ----------
    root : Path
    pattern : str
        Relative to the root, with ``{id}`` once where the clip is named; ``*`` matches anything within one name.

    Raises
    ------
    FormatError
        When the pattern cannot be used, matches nothing, or names a clip twice.
    """
    parts = PurePosixPath(pattern).parts
    if pattern.count(PLACE) != 1 or ".." in parts or PurePosixPath(pattern).is_absolute() or "**" in pattern:
        raise FormatError(
            f"cannot find clips by {pattern!r}", where="--files", fix="for example --files '{id}_speaker2.npz'"
        )
    if not root.is_dir():
        raise FormatError("is no folder to find clips in", where=root)
    exact = re.compile(re.escape(pattern).replace(re.escape(PLACE), "(?P<id>[^/]+)").replace(r"\*", "[^/]*"))
    found: dict[str, Path] = {}
    for path in sorted(root.glob(pattern.replace(PLACE, "*"))):
        match = exact.fullmatch(path.relative_to(root).as_posix())
        if match is None or path.name.startswith("."):
            continue
        name = _checked(match["id"], path)
        if name in found:
            raise FormatError(f"is a second file of clip {name!r}, beside {found[name].name}", where=path)
        found[name] = path
    if not found:
        raise FormatError(f"holds nothing that looks like {pattern}", where=root)
    return dict(sorted(found.items()))


def _checked(name: str, path: Path) -> str:
    if not ID.fullmatch(name) or len(name) > 150:
        raise FormatError(f"{name[:50]!r} cannot name a clip", where=path, fix="use letters, digits and - _ . # + @ =")
    return name
