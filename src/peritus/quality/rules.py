"""Who may decide, freeze, audit and sign, and what stands in the way."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.algorithms.certification import Verdict
from peritus.engagements.models import Engagement
from peritus.engagements.rules import may_act_as_client, may_lead_quality, may_manage
from peritus.quality.models import Freeze

LEAD_RULE = "Only the engagement's quality lead does this."
CLIENT_RULE = "Only the client's own people do this."
ENGINE_RULE = "The program itself does this, when an event asks for it."


def may_derive(user: User) -> bool:
    """Say whether the user is the engine: nobody derives by hand."""
    return user.is_engine


def may_set_plan(user: User, engagement: Engagement) -> bool:
    """Say whether the user sets the quality plan: the manager does."""
    return may_manage(user, engagement)


def may_freeze(user: User, engagement: Engagement) -> bool:
    """Say whether the user freezes lots: the quality lead does."""
    return may_lead_quality(user, engagement)


def may_certify(user: User, freeze: Freeze) -> bool:
    """Say whether the user signs: the quality lead does."""
    return may_lead_quality(user, freeze.engagement)


def may_accept(user: User, freeze: Freeze) -> bool:
    """Say whether the user accepts: the client does."""
    return may_act_as_client(user, freeze.engagement)


def verdict_blockers(verdict: str, audited: int, next_look: int | None) -> list[str]:
    """Say why a verdict does not allow a certificate."""
    if verdict == Verdict.CERTIFIED:
        return []
    if verdict == Verdict.SPENT:
        return ["The audit plan is spent: more decisions differ than any look allows."]
    if next_look is None:
        return ["No audit plan and draw stand for this freeze yet."]
    missing = next_look - audited
    return [f"{audited} audits are in; the plan looks at {next_look}, so {missing} are missing."]
