"""Tell how far a run is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Whoever shows progress: a terminal, a log, nobody."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""

    def step(self) -> None:
        """Count one step of the stage."""


class Unseen:
    """Progress that nobody watches."""

    def stage(self, name: str, steps: int) -> None:
        """Show nothing."""

    def step(self) -> None:
        """Show nothing."""
