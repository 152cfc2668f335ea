"""Who agrees, keeps the books and proposes, and what stands in the way."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.rules import CLIENT, ENGINE, PROVIDERS_FINANCE, rule
from peritus.billing.money import is_exact
from peritus.catalogue.packs import TermsSpec
from peritus.engagements.rules import MANAGER

LARGEST_AMOUNT = Decimal(99_999_999)

PROPOSE_TERMS = rule(
    "propose_terms", "Propose terms and change orders", ENGINE, MANAGER,
    refusal="Only the engagement's manager proposes this.",
)  # fmt: skip
AGREE = rule(
    "agree", "Agree to terms", CLIENT,
    refusal="Only the client's own people agree.",
)  # fmt: skip
STATE_BASELINE = rule(
    "state_baseline", "State what the work costs in-house", ENGINE, MANAGER, CLIENT,
    refusal="Only the engagement's manager or the client states the in-house cost.",
)  # fmt: skip
KEEP_BOOKS = rule(
    "keep_books", "Issue and correct invoices", PROVIDERS_FINANCE,
    refusal="Only the provider's finance does this.",
)  # fmt: skip
POST = rule(
    "post", "Post costs", ENGINE,
    refusal="The program itself posts costs, when an event asks for it.",
)  # fmt: skip


def currency_blockers(currency: str, others: set[str]) -> list[str]:
    """Say why an engagement's books cannot take a currency."""
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        return [f"A currency has three capital letters, such as EUR; got {currency!r}."]
    if others - {currency}:
        return [f"This engagement is kept in {', '.join(sorted(others))}; got {currency}."]
    return []


def amount_blockers(name: str, amount: Decimal) -> list[str]:
    """Say why an amount cannot stand in a term."""
    if not is_exact(amount):
        return [f"{name} needs at most four decimals, got {amount}."]
    if not 0 <= amount <= LARGEST_AMOUNT:
        return [f"{name} must lie between 0 and {LARGEST_AMOUNT}, got {amount}."]
    return []


def terms_blockers(terms: TermsSpec) -> list[str]:
    """Say why terms cannot be agreed, for the page and the error alike."""
    blockers = [
        *amount_blockers("The price of an item", terms.price_per_item),
        *amount_blockers("The cost of a judgment", terms.cost_per_judgment),
        *amount_blockers("The cost of an adjudication", terms.cost_per_adjudication),
        *amount_blockers("The cost of an audit", terms.cost_per_audit),
        *amount_blockers("The credit share", terms.credit_share),
    ]
    return blockers or _credit_blockers(terms.price_per_item, terms.credit_share)


def _credit_blockers(price: Decimal, share: Decimal) -> list[str]:
    """Keep the credit of an item exact: a lot's credit is a multiple of it."""
    if share > 1:
        return [f"The credit is a share of the price, 0 to 1; got {share}."]
    if not is_exact(price * share):
        return [f"The credit of an item would be {price * share}: choose at most four decimals."]
    return []
