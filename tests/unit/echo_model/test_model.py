"""The model as a whole: causality, memory, streaming, switches, sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from echo_model.config import TIME, TINY, VARIANTS, Switches, config
from echo_model.feeling import AFFECT, hashed
from echo_model.lcu import STAYS, sway
from echo_model.model import CLOSED, LOUD, Chance, Conversation, Echo
from echo_model.moves import HEADS, KINDS, WHITE, pictured, walk
from echo_model.sdcm import numbers

from tests.unit.echo_model.small import CONFIG, image, model, turn

CALM = torch.zeros(1, AFFECT)
AWAKE = torch.full((1, 2), 5.0)  # of which no blink comes


def played(net, turns, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.cat(list(net.stream(iter(turns), image(), rng)), dim=1)


def pushed(avatar, blink):
    """No chance but that heads are moved."""
    still = torch.zeros(1, CONFIG.current, *avatar.still.shape[2:])
    return Chance(still, torch.ones(1, CONFIG.current, len(KINDS)), CALM, blink)


def test_a_conversation_streams_in_windows():
    video = played(model(), [turn(k) for k in range(3)])
    assert video.shape == (1, 3 * TIME * CONFIG.current, 3, 64, 64)
    assert video.abs().max() <= 1


def test_streaming_is_decoding_at_once():
    """Windows decoded as they come are the frames of all latents decoded together: what was moved, and what the flow changed of it."""
    net, rng, before, made = model(), torch.Generator().manual_seed(0), Conversation(), []
    with torch.inference_mode():
        avatar = net.avatar(image())
        for k in range(3):
            shapes = (1, CONFIG.current, *avatar.still.shape[2:]), (1, CONFIG.current, len(KINDS)), (1, AFFECT), (1, 2)
            chance = Chance(*(torch.randn(each, generator=rng) for each in shapes))
            window, before = net.window(turn(k), avatar, before, chance)
            made.append(window)
        end, start, moved, mouth = (
            torch.cat([getattr(each, name) for each in made], dim=1) for name in ("latents", "start", "moved", "mouth")
        )
        both = image().repeat(2, 1, 1, 1)
        change, alone = (net.vae.decode(end, both) - net.vae.decode(start, both)).chunk(2)
        offline = (moved + (1 - mouth) * change + mouth * alone).clamp(-1, 1)
    assert (played(net, [turn(k) for k in range(3)]) - offline).abs().max() < 1e-4


def test_what_the_autoencoder_does_to_start_and_end_alike_is_not_seen():
    """Where a flow changes nothing, the moved picture itself is shown, eyes shut and all."""
    net = model()
    with torch.inference_mode():
        avatar = net.avatar(image())
        chance = pushed(avatar, -AWAKE)
        made, _ = net.window(turn(0), avatar, Conversation(), chance)
        shown = net.pictures(replace(made, latents=made.start), avatar, None)
        changed = net.pictures(made, avatar, None)
    assert torch.allclose(shown, made.moved, atol=1e-5)
    assert (made.moved - image()[:, None]).abs().max() > 0.05
    assert (changed - shown).abs().max() > 1e-3


def test_a_walk_goes_on_in_the_next_window():
    net = model()
    with torch.inference_mode():
        avatar = net.avatar(image())
        chance = pushed(avatar, AWAKE)
        far, near = torch.full((2, len(KINDS)), 0.2), torch.zeros(2, len(KINDS))
        (one, after), (other, _) = (net.window(turn(0), avatar, Conversation(pose=x), chance) for x in (far, near))
    assert torch.allclose(after.pose[:, :HEADS], walk(chance.push, far[:1])[:, -1, :HEADS].expand(2, -1))
    assert (one.latents - other.latents).abs().max() > 1e-3


def test_reactions_sway_and_go_on_from_window_to_window():
    """By chance alone: affect departs from what is foreseen, and that changes what is made."""
    net = model()
    with torch.inference_mode():
        avatar = net.avatar(image())
        shape = (1, CONFIG.current, *avatar.still.shape[2:])
        chance = Chance(torch.zeros(shape), torch.zeros(1, CONFIG.current, len(KINDS)), torch.ones(1, AFFECT), AWAKE)
        windows = [net.window(turn(0), avatar, Conversation(sway=x), chance) for x in (None, 5 * CALM, 5 * CALM + 5)]
        (first, begun), (calm, after), (other, later) = windows
    assert torch.equal(begun.sway, chance.sway)
    assert torch.allclose(after.sway, sway(chance.sway, CALM))
    assert torch.allclose(later.sway - after.sway, torch.full((1, AFFECT), 5 * STAYS))
    assert (calm.latents - other.latents).abs().max() > 1e-4
    assert (calm.latents - first.latents).abs().max() > 1e-5


def test_lips_open_as_far_as_the_voice_tells(monkeypatch):
    """Frame by frame; of the window before only what was said is heard."""
    net, lips, said = model(), [], [turn(k).voice for k in (0, 1)]
    monkeypatch.setattr("echo_model.model.pictured", lambda *given: lips.append(given[3]) or pictured(*given))
    played(net, [turn(0), turn(1)])
    # A window is moved twice: with eyes that blink, and without, for those with and without a user, who have the same lips.
    lips = [rows for rows in lips if len(rows) == 2]
    assert all(torch.equal(*rows) for rows in lips)
    heard = torch.cat([net.heard(voice) for voice in said], dim=1)
    frames, old = TIME * CONFIG.current, TIME * CONFIG.previous
    silence = torch.zeros(1, old, CONFIG.audio)
    with torch.inference_mode():
        first = net.generator.opening(torch.cat([silence, heard[:, :frames]], dim=1))[:, old:]
        second = net.generator.opening(heard[:, frames - old :])[:, old:]
    assert lips[0].shape == (2, frames)
    assert torch.allclose(lips[0][:1], LOUD * (first - CLOSED), atol=1e-6)
    assert torch.allclose(lips[1], LOUD * (second - CLOSED), atol=1e-6)


def test_an_untrained_model_holds_the_image():
    torch.manual_seed(0)
    net = Echo(CONFIG).eval()
    with torch.inference_mode():
        avatar, shape = net.avatar(image()), (1, CONFIG.current, CONFIG.vae.channels, CONFIG.vae.grid, CONFIG.vae.grid)
        chance = Chance(torch.randn(shape), torch.randn(1, CONFIG.current, len(KINDS)), CALM, AWAKE)
        made, _ = net.window(turn(0), avatar, Conversation(), chance)
    assert (made.latents - avatar.still).abs().max() < 1e-4
    assert (made.start - avatar.still).abs().max() > 0.01


def test_a_window_does_not_depend_on_later_ones():
    net, frames = model(), TIME * CONFIG.current
    one, other = played(net, [turn(0), turn(1), turn(2)]), played(net, [turn(0), turn(1), turn(7)])
    assert torch.equal(one[:, : 2 * frames], other[:, : 2 * frames])
    assert not torch.equal(one[:, 2 * frames :], other[:, 2 * frames :])


@pytest.mark.parametrize(("context", "remembers"), [("long", True), ("short", False)])
def test_old_history_counts_unless_the_context_is_short(context, remembers):
    """The user of the first window is exchanged; the last window differs only for a model that remembers."""
    net = model(replace(CONFIG, switches=Switches(context=context)))
    with torch.inference_mode():
        users = []
        for first in (0, 9):
            memory = None
            for k in (first, 1, 2, 3):
                user, _, memory = net.lcu(turn(k).user, memory)
            users.append(user)
    assert (not torch.equal(*users)) is remembers


@pytest.mark.parametrize("context", ["long", "short"])
def test_windows_at_once_are_windows_one_after_the_other(context):
    net, seen = model(replace(CONFIG, switches=Switches(context=context))).double(), [turn(k).user for k in range(4)]
    joined = replace(
        seen[0],
        latents=torch.cat([each.latents for each in seen], 1).double(),
        voice=torch.cat([each.voice for each in seen], 1).double(),
        mask=seen[0].mask.double(),
        pictures=torch.cat([each.pictures for each in seen], 1).double(),
        first=seen[0].first.double(),
    )
    with torch.inference_mode():
        at_once = net.lcu(joined, None)[:2]
        memory, parts = None, []
        for k, each in enumerate(seen):
            size = each.latents.shape[1]
            own, pictures = (rows[:, k * size : (k + 1) * size] for rows in (joined.latents, joined.pictures))
            window = replace(joined, latents=own, voice=each.voice.double(), pictures=pictures)
            *found, memory = net.lcu(window, memory)
            parts.append(found)
    for whole, single in zip(at_once, zip(*parts, strict=True), strict=True):
        assert (whole - torch.cat(single, 1)).abs().max() < 1e-10


def test_the_understanding_model_knows_the_order_within_a_window():
    """Latent frames and their sound in another order are another behaviour."""
    net, seen = model(), turn(0).user
    order = torch.tensor([1, 0, *range(2, CONFIG.current)])
    voice = seen.voice.unflatten(1, (CONFIG.current, TIME))[:, order].flatten(1, 2)
    with torch.inference_mode():
        one, other = (
            net.lcu.hbcu.understand(*net.lcu.lpe.tokens(window), None)
            for window in (
                seen,
                replace(seen, latents=seen.latents[:, order], voice=voice, pictures=seen.pictures[:, order]),
            )
        )
    assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["echo-tiny-short-context", "echo-tiny-dual-audio"])
def test_paradigms_know_the_current_window_alone(name):
    """All that was before it, seen, heard or said, is exchanged or shuffled; the generator is told the same."""
    remembering = model(replace(CONFIG, switches=Switches()))
    net = model(replace(CONFIG, switches=config(name).switches))

    def told(which, history, words):
        before, now = Conversation(), turn(5)
        now = replace(now, dialogue=replace(now.dialogue, words=words))
        with torch.inference_mode():
            avatar = which.avatar(image())
            for k in history:
                _, _, memory, state = which.conditions(turn(k), avatar, before, CALM)
                before = Conversation(memory=memory, course=state)
            made, *_ = which.conditions(now, avatar, before, CALM)
        return torch.cat([made.user.flatten(), made.feeling.flatten()])

    words, heard = turn(5).dialogue.words, {}
    for dialogue in (turn(k).dialogue for k in range(5, 25)):
        heard.setdefault(net.lcu.lau.texts(dialogue.words, dialogue.sides, dialogue.lengths)[0], dialogue.words)
    _, other, *_ = heard.values()  # words of another feeling
    for history, said in (((2, 1, 0), words), ((7, 8, 9), words), ((0, 1, 2), other)):
        assert torch.equal(told(net, (0, 1, 2), words), told(net, history, said))
    assert not torch.equal(told(remembering, (0, 1, 2), words), told(remembering, (2, 1, 0), words))


def test_memory_is_flat():
    net, memory, sizes = model(), None, set()
    with torch.inference_mode():
        for k in range(6):
            memory = net.lcu(turn(k).user, memory)[2]
            sizes.add((memory.voice.numel(), memory.video.numel(), memory.understood.numel()))
    assert len(sizes) == 1


def test_what_is_not_face_is_not_seen():
    net, seen = model(), turn(0).user
    mask = torch.zeros_like(seen.mask)
    mask[:, 2:6, 2:6] = 1
    outside = seen.latents + 5 * (1 - mask)[:, None, None]
    with torch.inference_mode():
        one, other = (net.lcu(replace(seen, latents=x, mask=mask), None)[0] for x in (seen.latents, outside))
    assert torch.equal(one, other)


def test_the_dual_audio_paradigm_hears_and_does_not_see():
    net, seen = model(replace(CONFIG, switches=Switches(user_video=False))), turn(0).user
    with torch.inference_mode():
        one = net.lcu(seen, None)[0]
        assert torch.equal(one, net.lcu(replace(seen, latents=-seen.latents), None)[0])
        assert not torch.equal(one, net.lcu(replace(seen, voice=-seen.voice), None)[0])


@pytest.mark.parametrize("part", ["lpe", "hbcu", "lau"])
def test_a_switched_off_path_is_a_constant(part):
    net = model(replace(CONFIG, switches=replace(Switches(), **{part: False})))
    with torch.inference_mode():
        if part == "lau":
            feelings = [
                net.lcu.feeling(t.dialogue.words, t.dialogue.sides, t.dialogue.lengths) for t in map(turn, (0, 1, 2))
            ]
            assert all(torch.equal(feelings[0], other) for other in feelings)
        elif part == "lpe":
            full = model()
            seen, late = turn(0).user, turn(1).user
            # P_usr is constant: what differs between two windows comes from S_usr alone.
            user, understood, _ = net.lcu(seen, None)
            assert torch.equal(user[:, 0], net.lcu.hbcu(net.lcu.no_lpe, understood[:, 0]))
            assert not torch.equal(full.lcu(seen, None)[0], full.lcu(late, None)[0])
        else:
            seen, late = turn(0).user, turn(1).user
            told = [net.lcu(window, None)[1] for window in (seen, late)]
            assert torch.equal(*told)
            assert torch.equal(told[0][:, 0], net.lcu.no_hbcu[:, 0])
            perceived = net.lcu.lpe(*net.lcu.lpe.tokens(seen), None, None)[0]
            assert torch.equal(net.lcu(seen, None)[0][:, 0], net.lcu.hbcu(perceived[:, 0], told[0][:, 0]))


def test_the_feeling_follows_the_words():
    net = model()
    texts = {net.lcu.lau.texts(t.words, t.sides, t.lengths)[0] for t in (turn(k).dialogue for k in range(20))}
    assert len(texts) > 1
    assert all(text.startswith("The listener feels ") and text.endswith(" of 10.") for text in texts)


def test_words_hash_alike_everywhere():
    assert [hashed(word, 2048) for word in ("hello", "Wonderful", "dog")] == [1670, 1321, 381]  # CRC-32 modulo 2048


def test_ablations_have_as_many_numbers():
    full = numbers(Echo(TINY))
    assert 2 * full <= 12e6
    for name in VARIANTS:
        assert abs(numbers(Echo(config(name))) / full - 1) < 0.05


@pytest.mark.parametrize(("name", "millions"), [("echo-small", 261.6), ("echo-base", 2388.0)])
def test_the_large_sizes_build(name, millions):
    """Without memory: heads divide widths, and the sizes are what they are said to be."""
    with torch.device("meta"):
        net = Echo(config(name))
    assert numbers(net) / 1e6 == pytest.approx(millions, rel=5e-4)


def test_guidance_moves_away_from_the_blank_user():
    net, rng = model(replace(CONFIG, guidance=3.0)), torch.Generator().manual_seed(0)
    with torch.inference_mode():
        avatar = net.avatar(image())
        made, *_ = net.conditions(turn(0), avatar, Conversation(), CALM)
        x, previous = (
            torch.randn(1, count, *avatar.still.shape[2:], generator=rng) for count in (CONFIG.current, CONFIG.previous)
        )
        times, given = torch.full((1,), 0.5), torch.ones(1)
        told, blank = (
            net.generator(x, times, previous, given, replace(made, user=user)) for user in (made.user, 0 * made.user)
        )
        found = net._guided(x, times, previous, given, made)
    assert (told - blank).abs().max() > 1e-4
    assert torch.allclose(found, blank + 3 * (told - blank), atol=1e-6)


def test_a_flow_lands_on_what_the_generator_tells(monkeypatch):
    """Where it tells one thing at all times, the last step arrives there, wherever the flow began."""
    net, goal = model(), torch.randn(1, CONFIG.current, CONFIG.vae.channels, CONFIG.vae.grid, CONFIG.vae.grid)
    monkeypatch.setattr(net, "_guided", lambda x, *_: goal)
    with torch.inference_mode():
        avatar = net.avatar(image())
        chance = Chance(torch.randn_like(goal), torch.randn(1, CONFIG.current, len(KINDS)), CALM, AWAKE)
        made, _ = net.window(turn(0), avatar, Conversation(), chance)
    assert torch.allclose(made.latents, goal, atol=1e-5)


def test_the_first_half_of_a_flow_is_left_out(monkeypatch):
    """It begins at the moved picture with half of the noise, at the time of that."""
    net, begun = model(replace(CONFIG, steps=4)), []
    shape = (1, CONFIG.current, CONFIG.vae.channels, CONFIG.vae.grid, CONFIG.vae.grid)
    monkeypatch.setattr(net, "_guided", lambda x, times, *_: begun.append((float(times[0]), x)) or x)
    with torch.inference_mode():
        avatar, noise = net.avatar(image()), torch.randn(shape)
        for part in (0.0, 1.0):
            chance = Chance(part * noise, torch.ones(1, shape[1], len(KINDS)), CALM, AWAKE)
            net.window(turn(0), avatar, Conversation(), chance)
    assert [time for time, _ in begun] == pytest.approx(2 * [4 / 8, 5 / 8, 6 / 8, 7 / 8])
    calm, noisy = begun[0][1], begun[4][1]
    assert torch.allclose(noisy - calm, 0.5 * WHITE * net.generator.spread * noise, atol=1e-5)


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="unknown model 'echo-huge'; known: echo-tiny"):
        config("echo-huge")
