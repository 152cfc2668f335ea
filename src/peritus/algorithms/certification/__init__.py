"""State how many decisions of a frozen lot may be wrong, and prove it.

`AuditPlan` for looks that were planned, `census_plan` where risk is predicted
(`census_batch` says how it goes on, `plan_after_census` what follows),
`ErrorSequence` for looks that were not planned, `error_bound` and `sample_size`
for one look only, `stratified_bound`, `least_precision` and `least_recall` for
one look at a lot in parts, `checked_bound` for a checker who errs. Rates are shares of
the population, about decisions as frozen.
"""

from peritus.algorithms.certification.census import (
    CensusPlan,
    UnpromisingLot,
    census_batch,
    census_plan,
    plan_after_census,
)
from peritus.algorithms.certification.checked import checked_bound
from peritus.algorithms.certification.one_look import error_bound, sample_size
from peritus.algorithms.certification.plan import AuditPlan, UnplannedLook, Verdict
from peritus.algorithms.certification.sequence import ErrorSequence
from peritus.algorithms.certification.strata import (
    least_precision,
    least_recall,
    stratified_bound,
)

__all__ = [
    "AuditPlan",
    "CensusPlan",
    "ErrorSequence",
    "UnplannedLook",
    "UnpromisingLot",
    "Verdict",
    "census_batch",
    "census_plan",
    "checked_bound",
    "error_bound",
    "least_precision",
    "least_recall",
    "plan_after_census",
    "sample_size",
    "stratified_bound",
]
