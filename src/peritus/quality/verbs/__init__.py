"""Acts of quality, in the order of a lot's life."""

from peritus.quality.verbs.appealing import (
    close_appeal,
    decide_gold_appeal,
    give_appeal,
    make_appeal,
    note_overdue_appeal,
)
from peritus.quality.verbs.auditing import (
    commit_nonce,
    draw_audits,
    open_audits,
    record_audit,
    record_plan,
    reveal_nonce,
)
from peritus.quality.verbs.calibrating import end_judging, open_round
from peritus.quality.verbs.censusing import (
    call_off_census,
    continue_census,
    open_census,
    record_census,
)
from peritus.quality.verbs.certifying import accept_lot, certify_lot
from peritus.quality.verbs.deciding import decide_item, settle_lot
from peritus.quality.verbs.discussing import close_round, settle_disagreement, waive_round
from peritus.quality.verbs.drifting import answer_alarm, raise_alarm, raise_floor_alarm
from peritus.quality.verbs.freezing import freeze_lot
from peritus.quality.verbs.gold import add_gold, retire_gold, revise_gold
from peritus.quality.verbs.guidelines import (
    propose_guideline,
    publish_proposal,
    suspend_freeze,
)
from peritus.quality.verbs.placing import place_gold
from peritus.quality.verbs.planning import record_gold, set_quality_plan
from peritus.quality.verbs.qualifying import (
    grade_qualification,
    grant_attempts,
    open_qualification,
)
from peritus.quality.verbs.signing import sign_deliverable
from peritus.quality.verbs.skills import derive_skills

__all__ = [
    "accept_lot",
    "add_gold",
    "answer_alarm",
    "call_off_census",
    "certify_lot",
    "close_appeal",
    "close_round",
    "commit_nonce",
    "continue_census",
    "decide_gold_appeal",
    "decide_item",
    "derive_skills",
    "draw_audits",
    "end_judging",
    "freeze_lot",
    "give_appeal",
    "grade_qualification",
    "grant_attempts",
    "make_appeal",
    "note_overdue_appeal",
    "open_audits",
    "open_census",
    "open_qualification",
    "open_round",
    "place_gold",
    "propose_guideline",
    "publish_proposal",
    "raise_alarm",
    "raise_floor_alarm",
    "record_audit",
    "record_census",
    "record_gold",
    "record_plan",
    "retire_gold",
    "reveal_nonce",
    "revise_gold",
    "set_quality_plan",
    "settle_disagreement",
    "settle_lot",
    "sign_deliverable",
    "suspend_freeze",
    "waive_round",
]
