"""Acts of quality, in the order of a lot's life."""

from peritus.quality.verbs.auditing import (
    commit_nonce,
    draw_audits,
    open_audits,
    record_audit,
    record_plan,
    reveal_nonce,
)
from peritus.quality.verbs.certifying import accept_lot, certify_lot
from peritus.quality.verbs.deciding import decide_item, settle_lot
from peritus.quality.verbs.freezing import freeze_lot
from peritus.quality.verbs.guidelines import propose_guideline
from peritus.quality.verbs.planning import record_gold, set_quality_plan
from peritus.quality.verbs.qualifying import grade_qualification, open_qualification

__all__ = [
    "accept_lot",
    "certify_lot",
    "commit_nonce",
    "decide_item",
    "draw_audits",
    "freeze_lot",
    "grade_qualification",
    "open_audits",
    "open_qualification",
    "propose_guideline",
    "record_audit",
    "record_gold",
    "record_plan",
    "reveal_nonce",
    "set_quality_plan",
    "settle_lot",
]
