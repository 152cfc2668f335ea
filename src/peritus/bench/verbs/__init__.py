"""Bring experts to the bench, check what they claim, record what they show."""

from peritus.bench.verbs.calendars import set_calendar
from peritus.bench.verbs.credentials import (
    claim_credential,
    revoke_credential,
    verify_credential,
)
from peritus.bench.verbs.endings import note_credential_ending, note_qualification_ending
from peritus.bench.verbs.experts import describe_expert, register_expert
from peritus.bench.verbs.fields import import_fields, name_fields
from peritus.bench.verbs.pay import agree_pay_rate, end_pay_rate
from peritus.bench.verbs.results import (
    AdmissionTested,
    SkillMeasured,
    record_admission,
    record_qualification,
    record_skills,
)

__all__ = [
    "AdmissionTested",
    "SkillMeasured",
    "agree_pay_rate",
    "claim_credential",
    "describe_expert",
    "end_pay_rate",
    "import_fields",
    "name_fields",
    "note_credential_ending",
    "note_qualification_ending",
    "record_admission",
    "record_qualification",
    "record_skills",
    "register_expert",
    "revoke_credential",
    "set_calendar",
    "verify_credential",
]
