"""Run outsourced knowledge work, and prove how right it is."""

__version__ = "0.1.0"
