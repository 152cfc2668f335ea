"""What checking a pack found, check by check."""

from __future__ import annotations

from dataclasses import dataclass


class PackFault(Exception):
    """A part of the pack is not as it must be; the message names the part."""


@dataclass(frozen=True)
class Check:
    """One thing that was checked, and what was found."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class VerificationReport:
    """Every check in the order in which it was made."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Say whether all checks passed."""
        return all(check.passed for check in self.checks)

    @property
    def faults(self) -> tuple[Check, ...]:
        """Return the checks that failed."""
        return tuple(check for check in self.checks if not check.passed)


def demand(holds: bool, fault: str) -> None:  # noqa: FBT001 - the condition is the point
    """Raise PackFault with ``fault`` unless it holds."""
    if not holds:
        raise PackFault(fault)


def demand_equal(part: str, found: object, wanted: object) -> None:
    """Raise PackFault when a part says something else than what follows; false is not 0."""
    demand(
        _alike(found, wanted),
        f"{part}: {_short(wanted)} follows, but {_short(found)} stands there.",
    )


def _alike(one: object, two: object) -> bool:
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_alike(one[name], two[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(_alike, one, two))
    return one == two


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
