"""Against a day-by-day walk that shares nothing with the kernel."""

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from peritus.algorithms.shifts import finish_days, room_left

SMALL = st.integers(0, 6).map(float)


@st.composite
def plans(draw):
    experts, lots, days = (draw(st.integers(1, 4)) for _ in range(3))
    return (
        draw(arrays(float, (experts, lots), elements=SMALL)),
        draw(arrays(float, (experts, days), elements=SMALL)),
    )


def walked(work, hours):
    """Work day by day, hour by hour, and note the day on which each lot is done."""
    found = np.where(work > 0, hours.shape[1], -1)
    for expert, todo in enumerate(work.copy()):
        for day, given in enumerate(hours[expert].tolist()):
            left = given
            for lot in range(len(todo)):
                taken = min(todo[lot], left)
                todo[lot], left = todo[lot] - taken, left - taken
                if taken and not todo[lot]:
                    found[expert, lot] = day
    return found


@drawn(plans())
def test_finish_days_are_those_of_a_walk_day_by_day(plan):
    assert finish_days(*plan).tolist() == walked(*plan).tolist()


@drawn(plans(), st.integers(0, 3), st.data())
def test_room_left_can_be_taken_and_no_more(plan, lot, data):
    work, hours = plan
    lot %= work.shape[1]
    days = st.integers(0, hours.shape[1] - 1)
    due = np.sort([data.draw(days) for _ in range(work.shape[1])])
    late = finish_days(work, hours) > due

    room = room_left(work, hours, due, lot)

    for expert, free in enumerate(room):
        more = work.copy()
        if free < 0:  # too much of what comes before it, and of itself
            assert work[expert, : lot + 1].sum() > hours[expert, : due[lot] + 1].sum()
            continue
        more[expert, lot] += free
        later = (finish_days(more, hours) > due)[expert, lot:]
        assert (later <= late[expert, lot:]).all()
        more[expert, lot] += 1.0
        assert (finish_days(more, hours) > due)[expert, lot:].any()


def test_a_lot_without_a_day_leaves_room_without_end():
    room = room_left([[3.0]], [[1.0, 1.0]], [2], 0)

    assert room.tolist() == [np.inf]


@pytest.mark.parametrize(
    ("work", "hours", "due", "lot", "said"),
    [
        ([1.0], [[1.0]], [0], 0, "work must be experts x lots"),
        ([[1.0]], [[1.0], [1.0]], [0], 0, "work must be experts x lots"),
        ([[-1.0]], [[1.0]], [0], 0, "work must be finite and 0 or more"),
        ([[1.0]], [[np.nan]], [0], 0, "hours must be finite and 0 or more"),
        ([[1.0]], [[1.0]], [0, 1], 0, "due must be 1 days"),
        ([[1.0]], [[1.0]], [-1], 0, "due must be 1 days"),
        ([[1.0]], [[1.0]], [0], 1, "due must be 1 days"),
    ],
)
def test_room_left_says_what_it_wants(work, hours, due, lot, said):
    with pytest.raises(ValueError, match=said):
        room_left(work, hours, due, lot)
