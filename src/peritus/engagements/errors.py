"""What stands in the way of an engagement's acts."""

from peritus.journal.errors import Blocked


class EngagementNotOpened(Blocked):
    """The engagement cannot be opened as given."""


class PartyRefused(Blocked):
    """The party cannot be named as given."""


class WallRefused(Blocked):
    """The wall cannot be raised as given; nobody was barred."""


class RequirementRefused(Blocked):
    """The requirement of credentials cannot be read; the earlier one stands."""


class RegionRefused(Blocked):
    """The region is not allowed, or not ended, as asked."""


class ItemsRefused(Blocked):
    """Items cannot be added as given; rows were to be checked before."""


class RosterRefused(Blocked):
    """The roster cannot be changed as asked; it is as it was."""


class LotRefused(Blocked):
    """The lot cannot be changed as asked; it is as it was."""


class SupervisorRefused(Blocked):
    """The professional cannot be named; whoever was named before still is."""
