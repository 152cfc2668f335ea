"""What stands in the way of auditing a file."""

from peritus.journal.errors import Blocked


class AuditRefused(Blocked):
    """The file, the filled workbook or a record cannot be used; each reason says why."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(reasons)
