"""Mechanisms of the heads that make lips from references, or in a canonical pose: personatalk, speech2lip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from echo_bench.methods.learned import speech2lip
from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.lips import LIPS, contrast
from echo_bench.methods.learned.personatalk import FRAMES, POSE, REST, for_lips
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, example, trained, without


def person_of(seed: int) -> torch.Tensor:
    return torch.randn(1, FRAMES, 61, generator=chance(seed))


def test_lips_and_face_look_at_different_references():
    net, person = network("personatalk"), person_of(0)
    mine = for_lips(person)
    assert mine.sum() == FRAMES // 2
    lips = net.shares(torch.randn(1, 9, len(LIPS)), person, LIPS, mine)
    face = net.shares(torch.randn(1, 9, 6), person, POSE, ~mine)
    for shares in (lips, face):
        torch.testing.assert_close(shares.sum(-1), torch.ones(1, 9))
    assert lips[:, :, ~mine[0]].abs().max() == 0
    assert face[:, :, mine[0]].abs().max() == 0


def test_what_is_rendered_is_of_the_person():
    """Lips from what lip references show, the face from the others; another set of lip references leaves the face as it is."""
    net, person, given = network("personatalk"), person_of(0), batch(network("personatalk"), 30)
    mine = for_lips(person)[0]
    other = person.clone()
    other[:, mine.nonzero()[:, 0][:, None], LIPS] *= 1.1
    pose = torch.randn(1, 30, 6)
    with torch.inference_mode():
        made, changed = (net.sample(given, chance(), person=each, pose=pose) for each in (person, other))
    for columns, allowed in ((LIPS, mine), (REST, ~mine)):
        shown = person[0, allowed][:, columns]
        assert (made[0][:, columns] <= shown.amax(0) + 1e-5).all()
        assert (made[0][:, columns] >= shown.amin(0) - 1e-5).all()
    assert made[..., POSE].equal(pose)
    assert change(made[..., LIPS], changed[..., LIPS]) > 1e-3
    assert made[..., REST].equal(changed[..., REST])


def test_the_face_of_a_reference_comes_with_its_pose():
    """Asked for the pose of one reference, most of what is shown is that one."""
    net, person = network("personatalk"), person_of(1)
    allowed = ~for_lips(person)
    one = int(allowed[0].nonzero()[3, 0])
    shares = net.shares(person[:, one : one + 1, POSE], person, POSE, allowed)
    assert int(shares.argmax()) == one


def test_the_geometry_is_in_the_style_of_the_person():
    net = network("personatalk")
    voice = batch(net, 30).avatar_audio
    assert change(net.geometry(voice, person_of(0)), net.geometry(voice, person_of(1))) > 1e-2
    assert change(net.geometry(voice, person_of(0)), net.geometry(0 * voice, person_of(0))) > 1e-2


def mumbling(seed: int) -> Example:
    """Lips follow the voice around a posture of the person's own; there are two people."""
    base, way = example(seed, 80), np.random.default_rng(9).normal(size=61)
    posture = np.random.default_rng(seed % 2).normal(size=61)
    target = posture + 0.5 * base.inputs.avatar_audio[:, :1] * way
    return replace(base, target=target.astype(np.float32))


def test_the_own_references_of_personatalk_are_better_than_anothers():
    net = trained("personatalk", [mumbling(seed) for seed in range(6)], 25, window=FRAMES + 20, batch=4)
    errors = np.zeros(2)
    for person in range(2):
        given = net.standardised(collate([mumbling(40 + person)]))
        for who in range(2):
            shown = net.motion(torch.from_numpy(mumbling(80 + who).target))[None, :FRAMES]
            with torch.inference_mode():
                made = net.sample(replace(given, target=given.target[:, :0]), chance(), person=shown)
            errors[int(who != person)] += float((made - given.target)[..., LIPS].square().mean())
    assert errors[0] < 0.5 * errors[1]


def leaning(seed: int) -> Example:
    """Lips follow the voice 2 frames late, and the pose of the head spills into them."""
    base, rng = example(seed, 80), np.random.default_rng(seed)
    pose = np.cumsum(rng.normal(0, 0.1, (80, 6)), axis=0)
    ways = np.random.default_rng(9).normal(size=(8, len(LIPS)))
    sound, target = np.zeros_like(base.inputs.avatar_audio), base.target.copy()
    sound[:, :2] = base.inputs.avatar_audio[:, :2]
    heard = np.roll(sound[:, :2], 2, axis=0)
    target[:, 52:58] = pose
    target[:, LIPS] = heard @ ways[:2] + 2 * pose @ ways[2:]
    return replace(base, inputs=replace(base.inputs, avatar_audio=sound), target=target)


def test_the_pose_of_the_source_leaves_canonical_lips_as_they_are():
    net = network("speech2lip")
    given, pose = batch(net, 40), torch.randn(1, 40, 6)
    with torch.inference_mode():
        rest, posed, twice = (net.sample(given, chance(), source=each) for each in (0 * pose, pose, 2 * pose))
        spilt = net.spill(pose)
    torch.testing.assert_close(posed[..., LIPS] - spilt, rest[..., LIPS])
    torch.testing.assert_close(twice[..., LIPS] - 2 * spilt, rest[..., LIPS])
    assert change(posed[..., LIPS], rest[..., LIPS]) > 0.1
    assert posed[..., POSE].equal(pose)
    assert net.sample(given, chance())[..., LIPS].equal(rest[..., LIPS])


def test_lips_are_parted_into_what_is_said_and_what_the_pose_does(monkeypatch):
    """Under the pose of the source lips are right, under another they are not; without the voice neither."""
    monkeypatch.setattr(speech2lip, "SYNC", 0.0)
    net = trained("speech2lip", [leaning(seed) for seed in range(6)], 100, window=60, batch=4, rate=1e-2)
    given = net.standardised(collate([leaning(40)]))
    with torch.inference_mode():
        errors = [
            float((net.sample(each, chance(), source=source) - given.target)[0, 10:, LIPS].square().mean())
            for each, source in (
                (given, given.target[..., POSE]), (given, None), (without(given, "avatar_audio"), given.target[..., POSE])
            )
        ]  # fmt: skip
    assert errors[0] < 0.8 * min(errors[1:])


def test_the_contrastive_loss_lowers_the_error_of_offsets(monkeypatch):
    """Lips that are shifted against the voice by a known number of frames."""
    errors = {}
    for weight in (0.0, 1.0):
        monkeypatch.setattr(speech2lip, "SYNC", weight)
        net = trained("speech2lip", [leaning(seed) for seed in range(6)], 40, window=40, batch=4, rate=6e-3)
        given = net.standardised(collate([leaning(40)]))
        lips = given.target[..., LIPS] - net.spill(given.target[..., POSE])
        with torch.inference_mode():
            found = [net.offset(given.avatar_audio, lips.roll(late, 1)) for late in (-6, -3, 0, 4, 8)]
        errors[weight] = np.abs(np.subtract(found, (-6, -3, 0, 4, 8))).mean()
    assert errors[1.0] <= 1
    assert errors[0.0] > 2


def test_contrast_finds_the_same_frame():
    rows = torch.randn(3, 20, 8, generator=chance())
    assert contrast(rows, rows) < 0.2 * contrast(rows, rows.roll(1, 1))
