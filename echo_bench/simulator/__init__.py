"""dyad-mini: two people in conversation, made from text, with the truth kept.

The way of the data is dialogue -> behaviour -> motion (`rig61`) -> rig -> pixels. :mod:`.rig` turns a row of motion into
vertices, :mod:`.identity` says who the person is, :mod:`.render` draws them.
"""
