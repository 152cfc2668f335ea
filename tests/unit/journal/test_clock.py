from datetime import UTC, datetime, timedelta

from peritus.journal.clock import SteadyClock, clock_set_to, now, wall_clock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_now_is_what_the_clock_shows_inside_the_block_only():
    with clock_set_to(lambda: NOON):
        inside = now()

    assert inside == NOON
    assert abs(now() - wall_clock()) < timedelta(seconds=5)


def test_steady_clock_moves_a_step_at_each_look():
    clock = SteadyClock(NOON, timedelta(minutes=1))

    assert [clock(), clock()] == [NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]


def test_steady_clock_never_goes_back():
    clock = SteadyClock(NOON, timedelta(seconds=1))

    clock.move_to(NOON - timedelta(days=1))
    before = clock()
    clock.move_to(NOON + timedelta(days=1))

    assert before == NOON + timedelta(seconds=1)
    assert clock() == NOON + timedelta(days=1, seconds=1)
