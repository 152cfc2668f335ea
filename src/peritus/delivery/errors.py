"""What stands in the way of a delivery."""

from peritus.journal.errors import Blocked


class LotNotDeliverable(Blocked):
    """Nothing can be delivered for this freeze as it is."""


class InvoiceNotDeliverable(Blocked):
    """The invoice cannot be handed over as it is."""


class PackNotWritable(Blocked):
    """The evidence is not complete enough to be checked by somebody else."""
