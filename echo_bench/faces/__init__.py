"""Faces in video: detection, landmarks, blendshapes, head pose, and what is derived from them."""
