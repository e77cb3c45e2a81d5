"""Sizes and switches of ECHO. Everything that the paper leaves open is decided here, and listed as ours in MODEL_CARD.md."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class VaeConfig:
    """The video autoencoder.

    Attributes
    ----------
    size : int
        Height and width of the pictures.
    channels : int
        Of the latents.
    width : int
        Half the channels at a quarter of the resolution, a quarter of those at an eighth.
    """

    size: int = 128
    channels: int = 8
    width: int = 24

    @property
    def grid(self) -> int:
        """Height and width of the latents: an eighth of the pictures'."""
        return self.size // 8


@dataclass(frozen=True, slots=True)
class LcuConfig:
    """Long-range contextual understanding of the user.

    Attributes
    ----------
    width : int
        Of all its tokens.
    state : int
        State size of the selective scans.
    pool : int
        The user's face is read in ``pool x pool`` tokens per latent frame.
    readout : int
        Tokens of P_usr and f_pu: fixed, so that memory does not grow with the history.
    memory : int
        Memory tokens that the understanding model carries from window to window.
    layers, heads : int
        Of the understanding model.
    words : int
        Rows of the hashed word table of the affective path.
    """

    width: int = 112
    state: int = 8
    pool: int = 2
    readout: int = 16
    memory: int = 8
    layers: int = 2
    heads: int = 4
    words: int = 2048


@dataclass(frozen=True, slots=True)
class Switches:
    """Which parts are in place: the ablations of the paper's table and the two paradigms of its figure 1.

    A part that is switched off is replaced by a learned constant, `sdcm` by one unmasked cross-attention over both conditions.

    Attributes
    ----------
    lpe, hbcu, lau, sdcm : bool
    context : {"long", "short"}
        ``short``: what the user sounded and looked like, and how the avatar was told to react, is forgotten before each window. With
        `lau` off that is the short-context paradigm, for the dialogue is history, too.
    user_video : bool
        False: the user is heard and not seen. With `context` short and `lau` off that is the dual-audio paradigm.
    """

    lpe: bool = True
    hbcu: bool = True
    lau: bool = True
    sdcm: bool = True
    context: Literal["long", "short"] = "long"
    user_video: bool = True


@dataclass(frozen=True, slots=True)
class EchoConfig:
    """The model.

    Attributes
    ----------
    name : str
    vae, lcu, switches
    width, heads, layers : int
        Of the generator.
    patch : int
        Latent cells per token, each way.
    current, previous : int
        Latent frames that a window makes and is given; a latent frame is 4 frames, 160 ms.
    audio : int
        Numbers per frame of sound (echo_bench's MFCC rows, or an encoder's).
    guidance : float
        Classifier-free guidance on the user's path; 1 is none.
    steps : int
        Euler steps that a window takes: evaluations of the net, or pairs of them with guidance.
    encoders : tuple of str
        Which parts are pretrained (:class:`echo_model.pretrained.Encoders`); the others are our own small ones.
    """

    name: str = "echo-tiny"
    vae: VaeConfig = field(default_factory=VaeConfig)
    lcu: LcuConfig = field(default_factory=LcuConfig)
    switches: Switches = field(default_factory=Switches)
    width: int = 128
    heads: int = 4
    layers: int = 4
    patch: int = 2
    current: int = 5
    previous: int = 2
    audio: int = 52
    guidance: float = 1.0
    steps: int = 6
    encoders: tuple[str, ...] = ()

    @property
    def shown(self) -> int:
        """Pixels of the reference image per token, each way."""
        return self.vae.size // self.grid

    @property
    def grid(self) -> int:
        """Tokens of a latent frame, each way."""
        return self.vae.grid // self.patch


TIME = 4
"""Frames per latent frame."""

TINY = EchoConfig()
SMALL = EchoConfig(
    name="echo-small", vae=VaeConfig(size=256, channels=16, width=64), lcu=LcuConfig(width=384, state=16, pool=4, layers=6),
    width=768, heads=12, layers=12, steps=10, guidance=1.5,
)  # fmt: skip
BASE = EchoConfig(
    name="echo-base", vae=VaeConfig(size=512, channels=16, width=96), lcu=LcuConfig(width=1024, state=16, pool=4, layers=12, heads=16),
    width=1536, heads=24, layers=28, steps=20, guidance=2.0,
)  # fmt: skip
VARIANTS = {
    "echo-tiny": Switches(),
    "echo-tiny-no-lpe": Switches(lpe=False),
    "echo-tiny-no-hbcu": Switches(hbcu=False),
    "echo-tiny-no-lau": Switches(lau=False),
    "echo-tiny-no-sdcm": Switches(sdcm=False),
    "echo-tiny-short-context": Switches(context="short", lau=False),
    "echo-tiny-dual-audio": Switches(context="short", lau=False, user_video=False),
}


def config(name: str) -> EchoConfig:
    """The configuration called `name`.

    Examples
    --------
    >>> config("echo-tiny-no-lau").switches.lau
    False
    """
    if name in VARIANTS:
        return replace(TINY, name=name, switches=VARIANTS[name])
    sizes = {each.name: each for each in (SMALL, BASE)}
    if name not in sizes:
        raise ValueError(f"unknown model {name!r}; known: {', '.join([*VARIANTS, *sizes])}")
    return sizes[name]
