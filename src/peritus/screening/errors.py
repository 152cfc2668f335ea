"""What stands in the way of a screening."""

from peritus.journal.errors import Blocked


class ProcessNotScreened(Blocked):
    """The process cannot be screened from these answers."""
