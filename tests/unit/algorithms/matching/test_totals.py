"""Totals of structured problems against one plain program of all pairs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.matching import Infeasible, assign, pruning
from tests.unit.algorithms.matching.scene import (
    assert_constraints_hold,
    best_by_milp,
    repaired,
    structured_problems,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(structured_problems(), st.sampled_from([0, 1, 4]))
def test_assign_equals_one_program_of_all_pairs(problem, spare):
    """Few pairs are solved (SMALL = 0): those left out must be proven to add nothing."""
    best = best_by_milp(problem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "SMALL", 0)
        patch.setattr(pruning, "SPARE_OF_ITEM", spare)
        patch.setattr(pruning, "SPARE_OF_EXPERT", spare)
        if best is None:
            with pytest.raises(Infeasible) as no:
                assign(**problem)
            assert no.value.blocking
            assign(**repaired(problem, no.value.repairs))
            return
        matching = assign(**problem)

    assert_constraints_hold(matching, problem)
    assert matching.total == pytest.approx(best)
    assert matching.bound == pytest.approx(best)
    assert matching.status == "optimal"
