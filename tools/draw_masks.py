"""Draw docs/images/echo-masks.png: where the reference model's user may move a face, and where only the voice may.

``python -m tools.draw_masks`` needs the model's checkpoint, whose locator finds face and mouth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from echo_model.export import load
from echo_model.frames import to_video
from echo_model.masks import masks

from echo_bench.clip import MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, read_scene
from echo_bench.methods.learned.checkpoint import find
from echo_bench.motion_io import load_motion
from echo_bench.report import style
from echo_bench.simulator.identity import identity
from echo_bench.simulator.render import render

CLIP = "demo-good-news"
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "echo-masks.png"


def main() -> None:
    """Draw one person of the demo."""
    model = load(find("echo-tiny"))
    motion = load_motion(MotionRef(CONTENT / DATA / f"{CLIP}.avatar.npz", "", "rig61"))[0]
    (image,) = render(motion[:1], identity(read_scene(CLIP).cast["avatar"].face), model.config.vae.size)
    with torch.inference_mode():
        grid = model.config.grid
        found = [mask.reshape(grid, grid) for mask in masks(model.locator.regions(to_video(image)[None]), grid)]
    with style.look():
        drawn = style.figure(7.2, 2.6)
        for axes, title, mask in zip(
            drawn.subplots(1, 3), ("reference image", "M_face", "M_lip"), (None, *found), strict=True
        ):
            axes.imshow(image, alpha=1.0 if mask is None else 0.6)
            if mask is not None:
                axes.imshow(_over(mask.numpy()), extent=(0, len(image), len(image), 0), interpolation="nearest")
            axes.set_title(title)
            axes.axis("off")
        drawn.savefig(PICTURE, metadata={"Software": None})


def _over(mask: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A mask as a veil (G, G, 4): the more of it, the less transparent."""
    veil = np.zeros((*mask.shape, 4), np.float32)
    veil[..., :3] = (0.835, 0.369, 0.0)
    veil[..., 3] = 0.8 * mask
    return veil


if __name__ == "__main__":
    main()
