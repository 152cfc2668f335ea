"""Who agrees, keeps the books and proposes, and what stands in the way."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.billing.money import is_exact
from peritus.catalogue.packs import TermsSpec
from peritus.engagements.models import Engagement
from peritus.engagements.rules import may_act_as_client, may_manage

FINANCE_RULE = "Only the provider's finance does this."
CLIENT_RULE = "Only the client's own people agree."
MANAGER_RULE = "Only the engagement's manager proposes this."
BASELINE_RULE = "Only the engagement's manager or the client states the in-house cost."
ENGINE_RULE = "The program itself posts costs, when an event asks for it."

LARGEST_AMOUNT = Decimal(99_999_999)


def may_keep_books(user: User, engagement: Engagement) -> bool:  # noqa: ARG001 - all of them
    """Let the provider's finance keep the books of every engagement."""
    return Membership.objects.filter(
        user=user, role=Role.FINANCE, organisation__kind=Organisation.Kind.PROVIDER
    ).exists()


def may_propose(user: User, engagement: Engagement) -> bool:
    """Let the manager propose statements of work and change orders."""
    return may_manage(user, engagement)


def may_agree(user: User, engagement: Engagement) -> bool:
    """Let the client agree."""
    return may_act_as_client(user, engagement)


def may_state_baseline(user: User, engagement: Engagement) -> bool:
    """Let the client state its in-house cost, or the manager write it down."""
    return may_manage(user, engagement) or may_act_as_client(user, engagement)


def may_post(user: User) -> bool:
    """Let postings follow from facts; nobody makes them by hand."""
    return user.is_engine


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
