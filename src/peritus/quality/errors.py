"""What stands in the way of a decision, a freeze, an audit or a certificate."""

from peritus.journal.errors import Blocked


class PlanRefused(Blocked):
    """The quality plan cannot be set as given."""


class LotNotFreezable(Blocked):
    """The lot cannot be frozen yet."""


class CensusRefused(Blocked):
    """The riskiest cannot be checked entirely, as asked."""


class AuditStands(Blocked):
    """The audit has its answer, and keeps it."""


class DrawRefused(Blocked):
    """The audit sample cannot be drawn this way."""


class LotNotCertifiable(Blocked):
    """The freeze cannot be certified; every reason is listed."""


class LotNotAcceptable(Blocked):
    """The client cannot accept this freeze."""


class QualificationRefused(Blocked):
    """The test cannot be opened for this expert now."""


class GoldRefused(Blocked):
    """The known answer cannot be added, revised or retired as asked."""


class AppealRefused(Blocked):
    """The appeal cannot be made, given or decided as asked."""


class AlarmClosed(Blocked):
    """The alarm cannot be answered as asked."""


class ProposalRefused(Blocked):
    """The guideline change cannot be proposed or published as asked."""


class RoundRefused(Blocked):
    """The calibration round cannot be opened, settled, closed or waived as asked."""


class SignatureRefused(Blocked):
    """What is delivered cannot be signed as asked; nothing was signed."""
