"""Five talking heads as configurations of one diffusion trunk (:mod:`~echo_bench.methods.learned.diffusion_trunk`).

================  ===========================================================================================================
`joyvasa`         arXiv 2411.09209: chunks of 100 frames that go on from the 25 before them; losses of velocity and acceleration
`facetalk`        arXiv 2312.08459: expression alone; sound is heard on the diagonal; louder and softer motion in training; guidance
`fd2talk`         ACM MM 2024: expression and pose from noise of their own
`chatanyone`      arXiv 2503.21144: the face first, in the style of a reference, then a pose that goes with it
`omnitalker`      arXiv 2504.02433: a reference in context and nothing else that tells the style
================  ===========================================================================================================

None listens, none is given text or a picture. No reference is given when a benchmark generates. What these papers add around the
mechanism (codecs, renderers, hands, speech synthesis) is not here. They ship without weights: train them first.
"""

from __future__ import annotations

from echo_bench.method import Capabilities
from echo_bench.methods.learned.diffusion_trunk import Design, DiffusionNetwork, Level
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.trainer import Recipe

ALL = tuple(range(MOTION))
FACE, POSE, GAZE = ALL[:52], ALL[52:58], ALL[58:]


class JoyvasaNetwork(DiffusionNetwork):
    """Goes on from what was made."""

    design = Design((Level(ALL),), chunk=100, before=25, smooth=0.5)


class FacetalkNetwork(DiffusionNetwork):
    """Expression and a diagonal of sound."""

    design = Design((Level(FACE),), diagonal=4, withheld=0.2, louder=0.3)


class Fd2talkNetwork(DiffusionNetwork):
    """Two noises."""

    design = Design((Level(FACE), Level(POSE + GAZE)))


class ChatanyoneNetwork(DiffusionNetwork):
    """Two levels, the second told the first."""

    design = Design((Level(FACE + GAZE), Level(POSE, told=FACE)), reference=25)


class OmnitalkerNetwork(DiffusionNetwork):
    """A reference in context."""

    design = Design((Level(ALL),), reference=50)


class Talker(Learned):
    """What the five have in common."""

    ships = False

    def __init_subclass__(cls, name: str, network: type[DiffusionNetwork]) -> None:
        chunk = network.design.chunk
        cls.name, cls.network = name, network
        cls.capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=chunk / 25)
        held = network.design.before + network.design.reference
        cls.recipe = Recipe(steps=1000, batch=16, window=chunk + held, rate=2e-3)


class Joyvasa(Talker, name="joyvasa", network=JoyvasaNetwork):
    """The method `joyvasa`."""


class Facetalk(Talker, name="facetalk", network=FacetalkNetwork):
    """The method `facetalk`."""


class Fd2talk(Talker, name="fd2talk", network=Fd2talkNetwork):
    """The method `fd2talk`."""


class Chatanyone(Talker, name="chatanyone", network=ChatanyoneNetwork):
    """The method `chatanyone`."""


class Omnitalker(Talker, name="omnitalker", network=OmnitalkerNetwork):
    """The method `omnitalker`."""
