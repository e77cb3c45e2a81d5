"""Files in, arrays out, and back: hashing, probe, decode, audio, encode (docs/media.md).

Import the submodules by name; none of them imports torch.
"""
