from uuid import UUID

import pytest

from peritus.algorithms.economics import CostModel
from peritus.screening.costs import assumed_costs, yearly_saving
from peritus.screening.questions import QUESTIONS

ID = UUID(int=7)


def answers(step=2, **changes):
    return {question.code: step for question in QUESTIONS} | changes


def test_assumed_costs_follow_from_the_steps():
    costs = assumed_costs(answers(volume=2, judgement=3, error_cost=4))

    assert (costs.volume, costs.in_house_unit_cost, costs.error_cost) == (600, 20.0, 600.0)
    assert costs.outside_unit_cost == 15.0
    assert costs.governance_cost == pytest.approx(720.0)
    assert costs.transition_cost == pytest.approx(600.0)


def test_yearly_saving_is_the_formula_with_an_interval_around_it():
    costs = CostModel(
        volume=466,
        in_house_unit_cost=8.0,
        in_house_unit_cost_sd=0.8,
        outside_unit_cost=6.5,
    )

    saving = yearly_saving(costs, ID)

    assert saving.value == pytest.approx(466 * 1.5)
    # normal: 466 x 0.8 x 1.96 on each side, within the simulation's allowance
    assert saving.low == pytest.approx(699 - 730.7, abs=40)
    assert saving.high == pytest.approx(699 + 730.7, abs=40)


def test_yearly_saving_is_the_same_in_every_run_and_its_own_for_each_screening():
    costs = assumed_costs(answers())

    first, again, other = (yearly_saving(costs, uid) for uid in (ID, ID, UUID(int=8)))

    assert (first.low, first.high) == (again.low, again.high)
    assert first.low != other.low
    assert first.value == other.value


def test_yearly_saving_shows_a_loss_as_a_loss():
    costs = CostModel(volume=100, in_house_unit_cost=5.5, outside_unit_cost=6.5)

    assert yearly_saving(costs, ID).value == -100.0
