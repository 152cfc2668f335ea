"""What stands in the way of the bench's acts."""

from peritus.journal.errors import Blocked


class ExpertNotRegistered(Blocked):
    """The expert cannot be registered as given."""


class ExpertNotDescribed(Blocked):
    """The expert cannot be described so; what stood stands."""


class CalendarNotSet(Blocked):
    """The calendar cannot be kept so; what stood stands."""


class RateRefused(Blocked):
    """The pay rate cannot be agreed on or ended so."""


class FieldsRefused(Blocked):
    """The fields of work cannot be taken as they are; none was."""


class CredentialNotClaimed(Blocked):
    """The credential cannot be claimed as given."""


class CredentialNotVerified(Blocked):
    """The credential cannot be verified as it stands."""


class CredentialNotRevoked(Blocked):
    """The credential cannot be revoked as it stands."""


class EndingNotNoted(Blocked):
    """It does not run out so soon, or something that lasts longer stands in for it."""


class ResultNotRecorded(Blocked):
    """The result of a test or measurement contradicts itself."""
