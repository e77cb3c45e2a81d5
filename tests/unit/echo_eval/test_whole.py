"""The whole evaluation, on the last seconds of one conversation by models that nobody trained."""

from __future__ import annotations

import json

import pytest
import torch
from echo_model.export import save
from echo_model.model import Echo

from echo_bench.methods.learned.checkpoint import Card, describe, read_card
from echo_bench.results.schema import read_result
from tests.unit.echo_model.small import CONFIG, model
from tools.echo_eval.clips import Conversations
from tools.echo_eval.pages import ABLATIONS, FULL, publish, write_page
from tools.echo_eval.parts import NO_SDCM, SHEET, TRUTH, ablations, full
from tools.echo_eval.runs import APPROPRIATE, COVERAGE, ECHO, FRDIV, FRVAR, RIVALS, RPCC, SID, VAR, Place

CLIP = "test-apology-01"


def untrained(name, folder, made):
    path = folder / f"{name}.safetensors"
    save(made, path)
    card = Card(
        method=name, version="1", dataset="random@1/train", manifest_sha256="00", recipe={}, seed=0, steps=0, parameters=1,
        seconds=0.0, device="cpu", losses={"train": 0.0, "val": None}, curve=[], commit="", command="none",
    )  # fmt: skip
    describe(card, path)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """No user moves the model, which is hardly more than its image before it is trained; the variant's mouth swallows it."""
    folder = tmp_path_factory.mktemp("echo-eval")
    torch.manual_seed(0)
    still = Echo(CONFIG).eval()
    with torch.no_grad():
        still.lcu.reaction.hear.weight.zero_()
    untrained(ECHO, folder / "weights", still)
    gaping = model()
    with torch.no_grad():
        gaping.locator.net[-1].bias[4:] = torch.tensor([0.0, 0.0, 3.0, 3.0])  # the mouth is the picture
        gaping.generator.opens.weight.zero_()
        gaping.generator.opens.bias.fill_(4.0)
    untrained(NO_SDCM, folder / "weights", gaping)
    return Place(folder / "weights", folder / "out")


@pytest.fixture(scope="module")
def conversations(place):
    return Conversations(place.out / "pictures", [CLIP], seconds=4.2, given=4.6)


@pytest.mark.slow
@pytest.mark.usefixtures("tracker_weights")
def test_what_is_here_is_evaluated_and_what_is_missing_is_named(place, conversations, tmp_path):
    found = ablations(place, conversations, samples=2)
    assert [each.method for each in found.checkpoints] == [ECHO, NO_SDCM]
    assert "echo-tiny-no-lpe" in found.missing
    assert set(found.values) == {TRUTH, *RIVALS, ECHO, NO_SDCM}
    assert found.values[TRUTH][COVERAGE].value == 1.0
    assert found.values[TRUTH][APPROPRIATE].n == 1
    assert found.values[TRUTH]["psnr@piq"].value > found.values["mean-face"]["psnr@piq"].value
    assert found.values[TRUTH][RPCC].value == pytest.approx(0.0, abs=1e-9)
    assert found.values[ECHO][RPCC].value > 0
    own = {name: (found.values[TRUTH][name].value, found.values[ECHO][name].value) for name in (SID, VAR)}
    assert all(truth > still for truth, still in own.values()), own
    assert found.diversity.right[FRDIV] > 0
    assert found.diversity.right[FRVAR] > 0
    assert found.values[ECHO][COVERAGE].value == 1.0
    # its image is held; what is left is the codec's, of a picture that depends on the weights: .37 to .58 over six seeds
    assert found.flickers[ECHO][CLIP] < 0.7 * found.flickers[TRUTH][CLIP]
    assert found.diversity.shares == {FRVAR: None, FRDIV: None}  # one dyad
    assert found.values[NO_SDCM][COVERAGE].value is None
    assert found.leaks[ECHO][CLIP].lips_alone < 0.01
    assert set(found.leaks) == {ECHO, NO_SDCM}
    assert (place.out / SHEET).stat().st_size > 5000

    made = sorted((place.out / "made").rglob("*.mp4"))
    stamps = [path.stat().st_mtime_ns for path in made]
    found.write(place.out / ABLATIONS)
    assert ablations(place, conversations, samples=2).values == found.values
    assert [path.stat().st_mtime_ns for path in made] == stamps, "what is there was made again"

    whole = full(place, conversations, 4.2, (1,))
    assert whole.drawn == (1,)
    assert len(whole.seeds) == 1
    whole.write(place.out / FULL)
    text = write_page(place.out).read_text()
    assert f"| {ECHO} " in text
    assert read_card(place.weights / f"{ECHO}.safetensors").sha256 in text
    publish(place.out, tmp_path)
    assert json.loads((tmp_path / ABLATIONS).read_text())["clips"] == [CLIP]
    assert {path.stem for path in (tmp_path / "results/simple").iterdir()} == {TRUTH, *RIVALS}
    assert read_result(tmp_path / f"results/judged/{NO_SDCM}.json").result.split.dataset == conversations.name


def test_another_checkpoint_of_the_same_name_has_other_folders(place):
    before = place.own("made", ECHO)
    untrained(ECHO, place.weights, model(seed=7))
    assert place.own("made", ECHO) != before
