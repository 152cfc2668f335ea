"""Who may decide, freeze, audit and sign, and what stands in the way."""

from __future__ import annotations

from math import ceil

from peritus.accounts.models import User
from peritus.algorithms.certification import Verdict
from peritus.catalogue.plans import PlanTerms
from peritus.engagements.models import Engagement
from peritus.engagements.rules import may_act_as_client, may_lead_quality, may_manage
from peritus.quality.models import Appeal, Freeze

LEAST_ROUND, MOST_ROUND = 20, 50  # items of a calibration round
LEAD_RULE = "Only the engagement's quality lead does this."
CLIENT_RULE = "Only the client's own people do this."
APPEAL_RULE = (
    "A second person decides: manager or quality lead, who neither set the answer nor appeals."
)
ALARM_RULE = "The engagement's manager answers alarms about its experts."
GOLD_RULE = "The engagement's manager or quality lead keeps its known answers."
ROUND_RULE = "The engagement's manager opens calibration rounds, ends them and waives them."
SETTLE_RULE = "The engagement's manager or quality lead settles what a round discusses."
STANDING_RULE = "The engagement's manager or quality lead reads how its experts stand."
PROPOSAL_RULE = "The engagement's manager or quality lead proposes guidelines."
PUBLISHING_RULE = "The engagement's manager publishes guidelines."
ENGINE_RULE = "The program itself does this, when an event asks for it."


def may_derive(user: User) -> bool:
    """Say whether the user is the engine: nobody derives by hand."""
    return user.is_engine


def may_set_plan(user: User, engagement: Engagement) -> bool:
    """Say whether the user sets the quality plan: the manager does."""
    return may_manage(user, engagement)


def may_propose_guideline(user: User, engagement: Engagement) -> bool:
    """Say whether the user proposes guideline changes: manager or quality lead."""
    return may_manage(user, engagement) or may_lead_quality(user, engagement)


def may_freeze(user: User, engagement: Engagement) -> bool:
    """Say whether the user freezes lots: the quality lead does."""
    return may_lead_quality(user, engagement)


def may_end_census(user: User, engagement: Engagement) -> bool:
    """Say whether the user ends a census: the quality lead, or the engine when rules changed."""
    return may_derive(user) or may_lead_quality(user, engagement)


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


def may_keep_gold(user: User, engagement: Engagement) -> bool:
    """Say whether the user keeps known answers: a person does, manager or quality lead."""
    return user.pk in {engagement.manager_id, engagement.quality_lead_id}


def may_decide_appeal(user: User, appeal: Appeal) -> bool:
    """Say whether the user is the second person: leads or manages, and is no party.

    Who set the gold that is appealed against, or appeals, does not decide.
    """
    leads = user.pk in {appeal.engagement.manager_id, appeal.engagement.quality_lead_id}
    set_it = appeal.gold is not None and user.pk == appeal.gold.set_by_id
    return leads and not set_it and user.pk != appeal.judgment.expert.user_id


def may_answer_alarm(user: User, engagement: Engagement) -> bool:
    """Say whether the user answers alarms about experts: the manager does."""
    return user.pk == engagement.manager_id


def may_run_round(user: User, engagement: Engagement) -> bool:
    """Say whether the user opens, ends, closes and waives rounds: the manager does."""
    return user.pk == engagement.manager_id


def may_settle(user: User, engagement: Engagement) -> bool:
    """Say whether the user writes down what a discussion settled: manager or quality lead."""
    return user.pk in {engagement.manager_id, engagement.quality_lead_id}


def round_size(items: int, terms: PlanTerms) -> int:
    """Return how many items a round takes of a lot: 20 to 50 by its share, or all there are."""
    wanted = min(max(ceil(terms.round_share * items), LEAST_ROUND), MOST_ROUND)
    return min(wanted, items)
