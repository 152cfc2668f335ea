"""Who may decide, freeze, audit and sign, and what stands in the way."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from peritus.accounts.rules import (
    CLIENT,
    ENGINE,
    PROVIDERS_LEAD,
    PROVIDERS_MANAGER,
    Relation,
    rule,
)
from peritus.algorithms.certification import Verdict
from peritus.bench.rules import EXPERT
from peritus.catalogue.plans import PlanTerms
from peritus.catalogue.qualifications import QualificationSpec
from peritus.engagements.rules import LEAD, MANAGER, SUPERVISOR

LEAST_ROUND, MOST_ROUND = 20, 50  # items of a calibration round

SETTER = Relation(
    "who set the known answer",
    lambda user, about: about.gold is not None and user.pk == about.gold.set_by_id,
)
APPELLANT = Relation("who appeals", lambda user, about: user.pk == about.judgment.expert.user_id)

SET_PLAN = rule(
    "set_plan", "Set the quality plan", ENGINE, MANAGER,
    refusal="Only the engagement's manager does this.",
)  # fmt: skip
DERIVE = rule(
    "derive", "Derive decisions, audits, alarms and standings from what was judged", ENGINE,
    refusal="The program itself does this, when an event asks for it.",
)  # fmt: skip
KEEP_GOLD = rule(
    "keep_gold", "Keep known answers", MANAGER, LEAD,
    refusal="The engagement's manager or quality lead keeps its known answers.",
)  # fmt: skip
READ_STANDINGS = rule(
    "read_standings", "Read how experts stand", MANAGER, LEAD,
    refusal="The engagement's manager or quality lead reads how its experts stand.",
)  # fmt: skip
ANSWER_ALARM = rule(
    "answer_alarm", "Answer an alarm about an expert", MANAGER,
    refusal="The engagement's manager answers alarms about its experts.",
)  # fmt: skip
DECIDE_APPEAL = rule(
    "decide_appeal", "Decide an appeal", MANAGER, LEAD,
    refusal="A second person decides: manager or quality lead, who neither set the answer nor "
    "appeals.",
    never=(SETTER, APPELLANT),
)  # fmt: skip
RUN_ROUND = rule(
    "run_round", "Open, close and waive calibration rounds", MANAGER,
    refusal="The engagement's manager opens calibration rounds, ends them and waives them.",
)  # fmt: skip
END_JUDGING = rule(
    "end_judging", "End the judging of a calibration round", ENGINE, MANAGER,
    refusal="The engagement's manager ends the judging of a round, or its last answer does.",
)  # fmt: skip
SETTLE = rule(
    "settle", "Settle what a calibration round discusses", MANAGER, LEAD,
    refusal="The engagement's manager or quality lead settles what a round discusses.",
)  # fmt: skip
ASK_TEST = rule(
    "ask_test", "Ask for a test", ENGINE, EXPERT,
    refusal="Experts ask for their own tests.",
)  # fmt: skip
GRANT_ATTEMPTS = rule(
    "grant_attempts", "Let somebody try a test anew", PROVIDERS_MANAGER, PROVIDERS_LEAD,
    refusal="A manager or quality lead of the provider lets somebody try anew, never oneself.",
    never=(EXPERT,),
)  # fmt: skip
PROPOSE_GUIDELINE = rule(
    "propose_guideline", "Propose a guideline", ENGINE, MANAGER, LEAD,
    refusal="The engagement's manager or quality lead proposes guidelines.",
)  # fmt: skip
PUBLISH_GUIDELINE = rule(
    "publish_guideline", "Publish a guideline, and suspend what stood under the old one",
    ENGINE, MANAGER,
    refusal="The engagement's manager publishes guidelines.",
)  # fmt: skip
OPEN_CENSUS = rule(
    "open_census", "Have the riskiest decisions checked", LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
END_CENSUS = rule(
    "end_census", "End a check of the riskiest before it is complete", ENGINE, LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
FREEZE = rule(
    "freeze", "Freeze a lot", LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
PLAN_AUDIT = rule(
    "plan_audit", "Record the audit plan of a freeze", LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
DRAW = rule(
    "draw", "Draw the audits with a nonce of the provider", LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
TAKE_PART_IN_DRAW = rule(
    "take_part_in_draw", "Commit to a nonce for the draw, and reveal it", CLIENT,
    refusal="Only the client's own people do this.",
)  # fmt: skip
CERTIFY = rule(
    "certify", "Sign a certificate", LEAD,
    refusal="Only the engagement's quality lead does this.",
)  # fmt: skip
SIGN_DELIVERABLE = rule(
    "sign_deliverable", "Sign what is delivered as the supervising professional", SUPERVISOR,
    refusal="Only the professional who supervises the engagement signs what it delivers.",
)  # fmt: skip
ACCEPT = rule(
    "accept", "Accept a lot", CLIENT,
    refusal="Only the client's own people do this.",
)  # fmt: skip


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


def training_blockers(wanted: str, read: str) -> list[str]:
    """Say why a test cannot begin whose training text is wanted as read, by their digests."""
    if not wanted or read == wanted:
        return []
    if not read:
        return ["Read the training text on the page of the test, and confirm that you have."]
    return ["The training text has changed since you read it: load the page again."]


def another_attempt_blockers(
    spec: QualificationSpec, used: int, earliest: datetime, at: datetime
) -> list[str]:
    """Say why a test that was not passed cannot be taken again at that time."""
    if spec.attempts is not None and used >= spec.attempts:
        spent = f"{used} of {spec.attempts} attempts at {spec.name!r} are used, and none was passed"
        return [f"{spent}: speak with your manager."]
    if at < earliest:
        return [f"You may take {spec.name!r} again from {earliest:%Y-%m-%d %H:%M} UTC on."]
    return []


def grant_blockers(spec: QualificationSpec, used: int, because: str) -> list[str]:
    """Say why nobody need, or can, be let try a test anew."""
    blockers = []
    if spec.attempts is None or used < spec.attempts:
        left = "any number" if spec.attempts is None else str(spec.attempts - used)
        blockers.append(f"Nothing need be granted: of {spec.name!r} {left} attempts are left.")
    if not 0 < len(because.strip()) <= MOST_BECAUSE:
        blockers.append(f"Write why in at most {MOST_BECAUSE} characters; it stays on record.")
    return blockers


MOST_BECAUSE = 300


def round_size(items: int, terms: PlanTerms) -> int:
    """Return how many items a round takes of a lot: 20 to 50 by its share, or all there are."""
    wanted = min(max(ceil(terms.round_share * items), LEAST_ROUND), MOST_ROUND)
    return min(wanted, items)
