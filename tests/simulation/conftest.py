"""The stage of the simulated company: the shipped tracks."""

from tests.tracks.conftest import tracks

__all__ = ["tracks"]
