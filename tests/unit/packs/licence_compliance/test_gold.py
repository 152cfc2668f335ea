"""Paths through a chart."""

from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.packs.licence_compliance.gold import shortest_paths

ARROWS = {"A": ["B", "C"], "B": ["D"], "C": ["D", "A"], "D": ["E"]}
NODES = st.sampled_from("ABCDE")
GRAPHS = st.dictionaries(NODES, st.lists(NODES, unique=True).map(sorted))


def test_shortest_paths_reach_all_and_break_ties_by_name():
    assert shortest_paths(ARROWS, "A") == [
        ("A", "B"),
        ("A", "C"),
        ("A", "B", "D"),
        ("A", "B", "D", "E"),
    ]


def test_shortest_paths_do_not_return_to_the_start_of_a_circle():
    assert shortest_paths({"A": ["B"], "B": ["A"]}, "A") == [("A", "B")]


def test_shortest_paths_are_none_where_no_arrow_starts():
    assert shortest_paths(ARROWS, "E") == []


@given(arrows=GRAPHS, start=NODES)
@settings(max_examples=50)
def test_shortest_paths_end_exactly_where_arrows_lead(arrows, start):
    reached, before = {start}, set()
    while reached != before:
        before = reached
        reached = before | {there for here in before for there in arrows.get(here, ())}

    ends = [path[-1] for path in shortest_paths(arrows, start)]

    assert sorted(ends) == sorted(reached - {start})
