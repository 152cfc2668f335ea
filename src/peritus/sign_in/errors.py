"""What stands in the way of signing in."""

from peritus.journal.errors import Blocked


class SecondFactorRefused(Blocked):
    """The second factor cannot be changed as asked."""


class CodeRefused(Blocked):
    """The code does not count: wrong, out of its time, or used."""


class PasswordRefused(Blocked):
    """The password is not the person's."""


class OfferGone(Blocked):
    """What a page handed out came back too late, or from somebody else."""
