import pytest

from peritus.algorithms.certification import AuditPlan
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.planning import half_of, plan_for


@pytest.mark.parametrize(
    ("population", "promise"), [(30, 0.1), (150, 0.2), (800, 0.1), (10_000, 0.05), (100_000, 0.02)]
)
def test_plan_certifies_nine_of_ten_files_that_have_half_of_what_is_promised(population, promise):
    plan = plan_for(population, promise)

    assert plan.certify_probability(half_of(plan)) >= 0.9
    assert plan.level <= 0.05
    assert min(plan.max_errors) >= 0
    assert plan.looks[-1] <= population


def test_looks_that_cannot_certify_cost_nothing_when_left_out():
    plan = plan_for(800, 0.1)
    every = AuditPlan(800, 0.1, looks=range(25, plan.looks[-1] + 1, 25))

    limits = dict(zip(every.looks, every.max_errors, strict=True))
    assert [limits[look] for look in plan.looks] == list(plan.max_errors)
    assert limits[25] == -1


def test_plan_keeps_to_what_the_auditor_can_do_or_says_what_it_takes():
    assert plan_for(10_000, 0.05, at_most=100).looks[-1] == 100
    with pytest.raises(AuditRefused, match=r"At most 20 audits .* takes at least 59, "):
        plan_for(10_000, 0.05, at_most=20)


def test_plan_with_nothing_to_certify_is_refused():
    with pytest.raises(AuditRefused, match="No audit can be planned: a tolerance"):
        plan_for(1, 0.9999999999)
