"""Find terms, postings, invoices and savings, as far as a user may see."""

from peritus.billing.queries.invoices import (
    LotStanding,
    Traced,
    invoice_blockers,
    invoice_line_trace,
    invoice_lines_seen_by,
    invoices_seen_by,
    lot_standings,
    traced,
    unbilled,
)
from peritus.billing.queries.ledger import (
    Account,
    Balance,
    Payable,
    Side,
    payables,
    payouts_seen_by,
    postings_derived_again,
    postings_seen_by,
    sides_posted,
    trial_balance,
)
from peritus.billing.queries.savings import SavingReport, saving_at, saving_of
from peritus.billing.queries.terms import (
    RateCard,
    change_orders_seen_by,
    rate_card,
    statements_seen_by,
)

__all__ = [
    "Account",
    "Balance",
    "LotStanding",
    "Payable",
    "RateCard",
    "SavingReport",
    "Side",
    "Traced",
    "change_orders_seen_by",
    "invoice_blockers",
    "invoice_line_trace",
    "invoice_lines_seen_by",
    "invoices_seen_by",
    "lot_standings",
    "payables",
    "payouts_seen_by",
    "postings_derived_again",
    "postings_seen_by",
    "rate_card",
    "saving_at",
    "saving_of",
    "sides_posted",
    "statements_seen_by",
    "traced",
    "trial_balance",
    "unbilled",
]
