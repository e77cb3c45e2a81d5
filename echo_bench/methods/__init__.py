"""Methods: the always-on rows, precomputed outputs, and the table of their names."""

from __future__ import annotations

from collections.abc import Callable

from echo_bench.method import Method
from echo_bench.registry import Registry

METHODS: Registry[Callable[[], Method]] = Registry(
    "method",
    {
        "ground-truth": "echo_bench.methods.truth:GroundTruth",
        "ground-truth-halves": "echo_bench.methods.truth:GroundTruthHalves",
        "reencoded": "echo_bench.methods.truth:Reencoded",
        "shifted-audio": "echo_bench.methods.truth:ShiftedAudio",
        "static": "echo_bench.methods.static:Static",
        "mean-face": "echo_bench.methods.static:MeanFace",
        "random": "echo_bench.methods.borrowed:RandomListener",
        "shuffled": "echo_bench.methods.borrowed:Shuffled",
        "mirror": "echo_bench.methods.borrowed:Mirror",
        "nn-audio": "echo_bench.methods.retrieval:NearestAudio",
        "nn-motion": "echo_bench.methods.retrieval:NearestMotion",
        "linear-regression": "echo_bench.methods.linear:LinearRegression",
        "mean-sequence": "echo_bench.methods.linear:MeanSequence",
        "constant-velocity": "echo_bench.methods.linear:ConstantVelocity",
        "prosody-rules": "echo_bench.methods.prosody_rules:ProsodyRules",
        "emoface-prior": "echo_bench.methods.emoface_prior:EmofacePrior",
        "encode-in-style": "echo_bench.methods.encode_in_style:EncodeInStyle",
        "rlhg-lstm": "echo_bench.methods.learned.rlhg_lstm:RlhgLstm",
        "l2l-vq": "echo_bench.methods.learned.l2l_vq:L2lVq",
        "dim": "echo_bench.methods.learned.dim:Dim",
        "dualtalk": "echo_bench.methods.learned.dualtalk:DualTalk",
        "infp": "echo_bench.methods.learned.infp:Infp",
        "arig": "echo_bench.methods.learned.arig:Arig",
        "avatar-forcing": "echo_bench.methods.learned.avatar_forcing:AvatarForcing",
        "react-transvae": "echo_bench.methods.learned.react_transvae:ReactTransVae",
        "belfusion": "echo_bench.methods.learned.belfusion:Belfusion",
        "emotional-conversation": "echo_bench.methods.learned.emotional_conversation:EmotionalConversation",
        "ditto-dit": "echo_bench.methods.learned.ditto_dit:DittoDit",
        "teller-rvq": "echo_bench.methods.learned.teller_rvq:TellerRvq",
        "dawn-nar": "echo_bench.methods.learned.dawn_nar:DawnNar",
        "joyvasa": "echo_bench.methods.learned.talkers:Joyvasa",
        "facetalk": "echo_bench.methods.learned.talkers:Facetalk",
        "fd2talk": "echo_bench.methods.learned.talkers:Fd2talk",
        "chatanyone": "echo_bench.methods.learned.talkers:Chatanyone",
        "omnitalker": "echo_bench.methods.learned.talkers:Omnitalker",
        "sonic": "echo_bench.methods.learned.sonic:Sonic",
        "realtalk-lips": "echo_bench.methods.learned.realtalk_lips:RealtalkLips",
        "mcnet": "echo_bench.methods.learned.mcnet:Mcnet",
        "talking-gaussian": "echo_bench.methods.learned.talking_gaussian:TalkingGaussian",
        "fantasytalking": "echo_bench.methods.learned.fantasytalking:FantasyTalking",
        "posetalk": "echo_bench.methods.learned.text_talkers:Posetalk",
        "mvportrait": "echo_bench.methods.learned.text_talkers:Mvportrait",
        "avi-talking": "echo_bench.methods.learned.text_talkers:AviTalking",
        "portraittalk": "echo_bench.methods.learned.text_talkers:Portraittalk",
        "gpt-talker": "echo_bench.methods.learned.gpt_talker:GptTalker",
        "peld-transition": "echo_bench.methods.learned.peld_transition:PeldTransition",
        "m3c-memory": "echo_bench.methods.learned.m3c_memory:M3cMemory",
        "echo-tiny": "echo_bench.methods.echo.method:EchoTiny",
        "echo-tiny-no-lpe": "echo_bench.methods.echo.method:EchoTinyNoLpe",
        "echo-tiny-no-hbcu": "echo_bench.methods.echo.method:EchoTinyNoHbcu",
        "echo-tiny-no-lau": "echo_bench.methods.echo.method:EchoTinyNoLau",
        "echo-tiny-no-sdcm": "echo_bench.methods.echo.method:EchoTinyNoSdcm",
        "echo-tiny-short-context": "echo_bench.methods.echo.method:EchoTinyShortContext",
        "echo-tiny-dual-audio": "echo_bench.methods.echo.method:EchoTinyDualAudio",
    },
    "echo_bench.methods",
)

ALWAYS = (
    "ground-truth",
    "ground-truth-halves",
    "reencoded",
    "shifted-audio",
    "static",
    "mean-face",
    "random",
    "shuffled",
    "mirror",
)
"""The rows that stand on every board: yardsticks first, then what a method has to beat."""
