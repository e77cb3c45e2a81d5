"""What people can look like: the tables that identities are dealt from. Colours are sRGB triples in [0, 1]."""

from __future__ import annotations

RGB = tuple[float, float, float]

ETHNICITIES = ("african", "asian", "caucasian")
SKIN_TONES: tuple[RGB, ...] = (
    (0.965, 0.830, 0.755),
    (0.915, 0.745, 0.640),
    (0.835, 0.635, 0.505),
    (0.715, 0.500, 0.365),
    (0.520, 0.345, 0.245),
    (0.350, 0.225, 0.165),
)
HAIR_COLOURS: dict[str, RGB] = {
    "black": (0.055, 0.048, 0.048),
    "espresso": (0.120, 0.080, 0.060),
    "brown": (0.235, 0.150, 0.095),
    "chestnut": (0.330, 0.185, 0.105),
    "auburn": (0.400, 0.170, 0.090),
    "ginger": (0.600, 0.290, 0.110),
    "dark-blond": (0.480, 0.350, 0.210),
    "blond": (0.740, 0.590, 0.370),
    "grey": (0.480, 0.470, 0.460),
    "white": (0.800, 0.790, 0.770),
}
IRIS_COLOURS: dict[str, RGB] = {
    "brown": (0.270, 0.155, 0.075),
    "dark": (0.150, 0.085, 0.050),
    "hazel": (0.390, 0.290, 0.130),
    "green": (0.330, 0.400, 0.240),
    "blue": (0.330, 0.470, 0.610),
    "grey": (0.430, 0.480, 0.510),
}
FABRICS: tuple[RGB, ...] = (
    (0.130, 0.180, 0.300),
    (0.690, 0.690, 0.680),
    (0.480, 0.110, 0.130),
    (0.160, 0.330, 0.270),
    (0.850, 0.820, 0.750),
    (0.110, 0.110, 0.120),
    (0.780, 0.560, 0.170),
    (0.350, 0.460, 0.620),
    (0.400, 0.220, 0.420),
    (0.720, 0.400, 0.330),
    (0.880, 0.880, 0.900),
    (0.300, 0.330, 0.220),
)
HAIR_FEMALE = ("long", "bob", "bun", "wavy", "pixie", "fringe", "ponytail", "curls")
HAIR_MALE = ("short", "side-part", "swept-back", "buzz", "crop", "receding", "curls-short", "bald")
GARMENTS = ("crew", "shirt", "v-neck", "hoodie", "turtleneck", "blazer")
SCENES = ("shelf", "window", "office", "wall", "curtain", "kitchen")
BEARDS = ("none", "stubble", "none", "full", "none", "goatee")
LOCAL_SHAPES = (
    ("cheek-bones-decr", "cheek-bones-incr"),
    ("cheek-volume-decr", "cheek-volume-incr"),
    ("chin-height-decr", "chin-height-incr"),
    ("chin-prominent-decr", "chin-prominent-incr"),
    ("chin-width-decr", "chin-width-incr"),
    ("ear-scale-decr", "ear-scale-incr"),
    ("ear-wing-decr", "ear-wing-incr"),
    ("eyebrows-angle-down", "eyebrows-angle-up"),
    ("eye-corner1-down", "eye-corner1-up"),
    ("eye-corner2-down", "eye-corner2-up"),
    ("eye-height2-decr", "eye-height2-incr"),
    ("eye-trans-in", "eye-trans-out"),
    ("forehead-scale-vert-decr", "forehead-scale-vert-incr"),
    ("head-fat-decr", "head-fat-incr"),
    ("head-scale-horiz-decr", "head-scale-horiz-incr"),
    ("head-scale-vert-decr", "head-scale-vert-incr"),
    ("mouth-lowerlip-volume-decr", "mouth-lowerlip-volume-incr"),
    ("mouth-upperlip-volume-decr", "mouth-upperlip-volume-incr"),
    ("mouth-scale-horiz-decr", "mouth-scale-horiz-incr"),
    ("mouth-trans-down", "mouth-trans-up"),
    ("neck-scale-horiz-decr", "neck-scale-horiz-incr"),
    ("nose-curve-concave", "nose-curve-convex"),
    ("nose-hump-decr", "nose-hump-incr"),
    ("nose-point-down", "nose-point-up"),
    ("nose-point-width-decr", "nose-point-width-incr"),
    ("nose-scale-depth-decr", "nose-scale-depth-incr"),
    ("nose-scale-horiz-decr", "nose-scale-horiz-incr"),
    ("nose-scale-vert-decr", "nose-scale-vert-incr"),
)
OUTLINES = ("oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond")
ASYMMETRIES = ("asym-brown-1-l", "asym-eye-3-r", "asym-jaw-1-l", "asym-mouth-1-l", "asym-nose-1-l", "asym-cheek-1-l")
