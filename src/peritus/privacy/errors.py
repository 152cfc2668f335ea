"""What stands in the way of erasing, holding and letting go."""

from peritus.journal.errors import Blocked


class NotErased(Blocked):
    """The person cannot be erased now."""


class HoldRefused(Blocked):
    """The hold cannot be placed or lifted so."""
