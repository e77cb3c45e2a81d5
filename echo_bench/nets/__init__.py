"""The nets behind the metrics, one readable file each, in plain torch.

Parameters have the names of the published files, so that these load unchanged; beside each net stands its official preprocessing, as
functions of uint8 RGB frames. Nothing here knows of clips, caches or metrics.
"""
