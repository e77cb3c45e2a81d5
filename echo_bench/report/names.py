"""File names for things whose own names may hold anything."""

from __future__ import annotations

import hashlib
import re


def file_stem(name: str) -> str:
    """`name` where it is harmless in a file name and a URL; else its harmless part with a hash of the whole.

    Examples
    --------
    >>> file_stem("psnr@piq")
    'psnr@piq'
    >>> file_stem("../a b")
    'a-b-2c2c791a'
    """
    plain = re.sub(r"[^A-Za-z0-9._@-]+", "-", name).strip(".-")[:80]
    return plain if plain and plain == name else f"{plain or 'x'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
