"""Leaderboards: results side by side, ranked only where that is fair, written for people and for programs."""
