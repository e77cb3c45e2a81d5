"""What is drawn from a corpus: windows on one time axis, the user up to their end, where flows start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from echo_model.batches import draw
from echo_model.config import TIME
from echo_model.corpus import read_corpus, suffixed
from echo_model.frames import floated, to_video
from echo_model.latents import WALKS
from echo_model.lcu import UserWindow
from echo_model.objective import EchoTraining
from echo_model.talks import PER
from echo_model.understanding import rows_of, understood
from safetensors.numpy import load_file, save_file

from tests.unit.echo_model import corpora
from tests.unit.echo_model.small import CONFIG, model


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    return read_corpus(corpora.write(tmp_path_factory.mktemp("corpus")))


def test_faces_are_looked_for_in_any_still(entries):
    """Each still comes with its own regions."""
    apart = [
        replace(e, person=replace(e.person, regions=e.person.regions + np.array([[0.0], [0.01]], np.float32)))
        for e in entries
    ]
    sample, found = draw(apart, 6, np.random.default_rng(0), CONFIG, whole=False), set()
    for n in range(len(sample.seen)):
        (entry,) = [e for e in apart if np.array_equal(e.still().astype(np.float32), sample.still[n])]
        (k,) = [k for k in (0, 1) if np.array_equal(entry.person.regions[k], sample.places[n])]
        assert torch.equal(sample.seen[n], to_video(entry.frames()[entry.person.stills[k]]))
        assert np.array_equal(entry.person.regions[0], sample.regions[n])
        found.add(k)
    assert found == {0, 1}


def test_windows_lie_on_one_time_axis(entries):
    """The avatar's latents, its sound, the words before it and the user's windows belong to the same moment."""
    sample = draw(entries, 3, np.random.default_rng(1), CONFIG, whole=True)
    found = 0
    for n in range(len(sample.latents)):
        for entry in entries:
            rows = entry.latents().astype(np.float32)
            starts = [s for s in range(entry.length - 4) if np.array_equal(rows[s : s + 5], sample.latents[n])]
            if not starts:
                continue
            (start,), partner = starts, next(e for e in entries if e.stem == entry.partner)
            found += 1
            window = partner.latents()[start : start + 5].astype(np.float32)
            assert np.array_equal(sample.talk.latents[n // PER, sample.window[n]], window)
            assert np.array_equal(sample.voice[n, TIME * 2 :], entry.person.voice[TIME * start : TIME * (start + 5)])
            assert np.array_equal(sample.opening[n], entry.person.opening[TIME * start : TIME * (start + 5)])
            assert int(sample.talk.lengths[n // PER, sample.window[n]]) == int(
                (entry.person.ends <= TIME * (start + 5)).sum()
            )
            said = entry.person.words[entry.person.ends <= TIME * (start + 5)]
            assert sample.talk.words[n // PER, : len(said)].tolist() == said.tolist()
            assert int(sample.talk.mood[n // PER, sample.window[n]]) == int(entry.person.mood[TIME * (start + 5) - 1])
            if sample.given[n]:
                assert np.array_equal(sample.previous[n], rows[start - 2 : start])
    assert found == len(sample.latents) == 3 * PER


def test_flows_start_at_a_walk_of_the_same_frames(entries, monkeypatch):
    training, known = EchoTraining(model().train(), entries, 3, alone=True), []
    start = training.model.generator.start
    monkeypatch.setattr(
        training.model.generator, "start", lambda noise, moved: known.append(moved) or start(noise, moved)
    )
    training(np.random.default_rng(2))
    (moved,) = known
    sample = draw(entries, 3, np.random.default_rng(2), CONFIG, whole=False)
    assert torch.equal(moved, sample.moved)
    places = set()
    for n, piece in enumerate(moved):
        (entry,) = [e for e in entries if np.array_equal(e.still().astype(np.float32), sample.still[n])]
        walks = torch.from_numpy(entry.moved().astype(np.float32))
        found = [
            (w, t)
            for w in range(len(walks))
            for t in range(walks.shape[1] - 4)
            if torch.equal(walks[w, t : t + 5], piece)
        ]
        places |= set(found)
        ((_, at),) = found  # the walk of the very frames that are to be made
        assert np.array_equal(entry.latents()[at : at + 5].astype(np.float32), sample.latents[n])
    assert {w for w, _ in places} == set(range(WALKS))
    assert len({t for _, t in places}) > 2


def test_a_window_gets_the_user_up_to_its_own_end(entries):
    training = EchoTraining(model(), entries, 2, alone=False).eval()
    sample = draw(entries, 2, np.random.default_rng(3), CONFIG, whole=True)
    with torch.inference_mode():
        torch.manual_seed(4)
        talk = sample.talk
        user = understood(training.model, talk, rows_of(sample.window, talk))[0].user
        for n in range(len(user)):
            who, memory = n // PER, None
            for k in range(int(sample.window[n]) + 1):
                latents, voice, mask = talk.latents[[who], k], talk.voice[[who], k], talk.mask[[who]]
                pictures, first = floated(talk.pictures[[who], k]), floated(talk.first[[who]])
                window = UserWindow(latents, training.model.heard(voice), mask, pictures, first)
                own, _, memory = training.model.lcu(window, memory)
            assert torch.allclose(user[n], own[0, 0], atol=1e-5)
    assert len(set(sample.window.tolist())) > 1


def test_what_is_wanted_is_what_the_avatar_does_in_the_window(entries):
    sample, found = draw(entries, 3, np.random.default_rng(1), CONFIG, whole=True), 0
    for n in range(len(sample.latents)):
        for entry in entries:
            rows = entry.latents().astype(np.float32)
            starts = [s for s in range(entry.length - 4) if np.array_equal(rows[s : s + 5], sample.latents[n])]
            for start in starts:
                span = slice(TIME * start, TIME * (start + CONFIG.current))
                own = np.concatenate([entry.person.acts[span].mean(0), entry.person.affect[span].mean(0)])
                assert sample.reaction[n].numpy() == pytest.approx(own, abs=1e-6)
                assert torch.equal(sample.talk.reaction[n // PER, sample.window[n]], sample.reaction[n])
                found += 1
    assert found == len(sample.latents)


def test_a_batch_follows_from_its_seed(entries):
    one, same, other = (draw(entries, 2, np.random.default_rng(s), CONFIG, whole=False) for s in (5, 5, 6))
    assert torch.equal(one.latents, same.latents)
    assert not torch.equal(one.latents, other.latents)
    assert one.talk is None


def test_a_person_without_a_partner_is_left_out(tmp_path):
    folder = corpora.write(tmp_path)
    suffixed(folder / "a.user", ".safetensors").unlink()
    assert [entry.stem.name for entry in read_corpus(folder)] == ["b.avatar", "b.user"]


def test_an_empty_corpus_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no conversation"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("damage", ["an older version", "half of a file"])
def test_a_person_that_cannot_be_read_is_named(damage, tmp_path):
    """The files of a version that knew nothing of lips lacked how far they are apart."""
    folder = corpora.write(tmp_path)
    path = suffixed(folder / "a.user", ".safetensors")
    if damage == "an older version":
        arrays = {name: rows for name, rows in load_file(path).items() if name != "opening"}
        save_file(arrays, path, {"partner": '"a.avatar"'})
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(
        ValueError, match=r"a\.user\.safetensors is no person of this version; delete it to write it anew"
    ):
        read_corpus(folder)
