"""What experts and items are called in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NamePair = tuple[Sequence[str], Sequence[str]]
"""Names of the experts, and of the items, in the order of their codes."""


@dataclass(frozen=True)
class Names:
    """Names by code; "expert 3" and "item 5" where none were given."""

    experts: Sequence[str] | None = None
    items: Sequence[str] | None = None

    def expert(self, code: int) -> str:
        """Name an expert in the middle of a sentence."""
        return f"expert {code}" if self.experts is None else str(self.experts[code])

    def item(self, code: int) -> str:
        """Name an item in the middle of a sentence."""
        return f"item {code}" if self.items is None else str(self.items[code])

    def first_expert(self, code: int) -> str:
        """Name an expert at the start of a sentence; a given name stays as it is."""
        return f"Expert {code}" if self.experts is None else str(self.experts[code])

    def first_item(self, code: int) -> str:
        """Name an item at the start of a sentence; a given name stays as it is."""
        return f"Item {code}" if self.items is None else str(self.items[code])

    def experts_listed(self, codes: Iterable[int]) -> str:
        """Name several experts."""
        if self.experts is None:
            return f"experts {', '.join(str(code) for code in codes)}"
        return ", ".join(str(self.experts[code]) for code in codes)


def checked_names(names: NamePair | None, experts: int, items: int) -> Names:
    """Check that everybody and everything has a name, or nobody has."""
    if names is None:
        return Names()
    if (len(names[0]), len(names[1])) != (experts, items):
        raise ValueError(
            f"names must be {experts} of experts and {items} of items, got "
            f"{len(names[0])} and {len(names[1])}"
        )
    return Names(*names)


def number(count: int, noun: str) -> str:
    """Count a noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
