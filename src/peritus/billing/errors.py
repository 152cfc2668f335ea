"""What stands in the way of terms, books and bills."""

from peritus.journal.errors import Blocked


class StatementRefused(Blocked):
    """The statement of work cannot be proposed or agreed as it is."""


class TermsNotAgreed(Blocked):
    """Work was done for which no statement of work is agreed."""


class CostNotPosted(Blocked):
    """A cost is to be reversed that was never posted."""


class BaselineRefused(Blocked):
    """The in-house cost cannot be frozen, or is not frozen yet."""


class InvoiceNotReady(Blocked):
    """The invoice cannot be issued yet; every reason is listed."""


class PayoutsNotReady(Blocked):
    """The payouts cannot be stated."""


class ChangeOrderRefused(Blocked):
    """The change of the statement of work cannot be priced."""
