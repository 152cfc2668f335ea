"""What stands in the way of a lease, a judgment or a staffing."""

from peritus.journal.errors import Blocked, PeritusError


class NothingToDo(PeritusError):
    """No slot is open to this expert now."""


class SlotNotOpen(Blocked):
    """The slot cannot be leased to this expert."""


class LeaseLost(PeritusError):
    """The slot was leased to somebody since; the fence number is old."""


class AnswersRefused(Blocked):
    """The answers do not fit the questions; nothing was stored."""


class StaffingRefused(Blocked):
    """The lot cannot be staffed as asked."""


class JudgmentStands(Blocked):
    """The judgment cannot be taken back."""


class InquiryAnswered(Blocked):
    """The inquiry has its answer, once for all."""


class ConflictNotCleared(Blocked):
    """The conflict is not cleared as given; it still stands in the way."""


class PauseRefused(Blocked):
    """The expert cannot be paused or resumed as asked."""
