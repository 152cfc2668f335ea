"""Acts of billing, in the order of an engagement's life."""

from peritus.billing.verbs.changes import propose_change_order
from peritus.billing.verbs.invoices import issue_invoice, state_payouts
from peritus.billing.verbs.ledger import post_cost, reverse_cost
from peritus.billing.verbs.statements import (
    agree_statement,
    freeze_baseline,
    propose_statement,
)

__all__ = [
    "agree_statement",
    "freeze_baseline",
    "issue_invoice",
    "post_cost",
    "propose_change_order",
    "propose_statement",
    "reverse_cost",
    "state_payouts",
]
