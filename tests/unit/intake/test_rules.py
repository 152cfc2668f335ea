from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.catalogue.packs import ItemContent, ItemShape
from peritus.intake.reading import Row
from peritus.intake.rules import Reject, Standing, Target, file_blockers, sort_rows


def blockers(row):
    return [] if row.get("text") else ["The text is missing."]


SHAPE = ItemShape(
    columns=("text",),
    blockers=blockers,
    content=lambda row: ItemContent(row["text"], (("Text", row["text"]),)),
)


def target(**changes):
    given = {"shape": SHAPE, "lots": ("a", "b"), "standing": {}}
    return Target(**given | changes)


def row(number, key="k", lot="a", text="t", **more):
    return Row(number, {"key": key, "lot": lot, "text": text} | more)


def reasons(*rows, **changes):
    return [(reject.number, reject.reason) for reject in sort_rows(rows, target(**changes)).rejects]


def test_sort_rows_sorts_sound_rows_by_lot_without_blanks_around_keys():
    sorting = sort_rows([row(2, " 1 ", "a "), row(3, "2", "b"), row(4, "3", "a")], target())

    assert sorting.sound == {
        "a": [{"key": "1", "lot": "a", "text": "t"}, {"key": "3", "lot": "a", "text": "t"}],
        "b": [{"key": "2", "lot": "b", "text": "t"}],
    }
    assert (sorting.unchanged, sorting.rejects) == (0, [])


def test_sort_rows_rejects_a_blank_or_missing_key():
    missing = "The key is missing; every row needs one that no other row has."

    assert reasons(row(2, " "), Row(3, {"text": "t"})) == [(2, missing), (3, missing)]


def test_sort_rows_rejects_a_key_that_comes_twice():
    assert reasons(row(2), row(3)) == [(3, "Row 2 has the key 'k' already.")]


def test_sort_rows_takes_the_first_sound_row_of_a_key():
    sorting = sort_rows([row(2, text=""), row(3)], target())

    assert [each["text"] for each in sorting.sound["a"]] == ["t"]
    assert [(each.number, each.reason) for each in sorting.rejects] == [(2, "The text is missing.")]


def test_sort_rows_rejects_lots_that_do_not_fit():
    assert reasons(row(2, "1", "c"), row(3, "2", "")) == [
        (2, "There is no lot 'c' here; open it first. Lots: a, b."),
        (3, "It names no lot; fill the column lot, or choose one for the whole file."),
    ]


def test_sort_rows_of_a_file_for_one_lot_rejects_another():
    sorting = sort_rows([row(2, "1", "b"), row(3, "2", ""), row(4, "3", "a")], target(lot="a"))

    assert [each["key"] for each in sorting.sound["a"]] == ["2", "3"]
    assert [each.reason for each in sorting.rejects] == [
        "It names the lot 'b', but the file is imported into 'a'."
    ]


def test_sort_rows_counts_a_known_row_as_unchanged_whatever_else_it_carries():
    known = {"k": Standing("a", {"key": "k", "text": "t", "family": "f"})}

    sorting = sort_rows([row(2, family="f", remark="new")], target(standing=known))

    assert (sorting.sound, sorting.unchanged, sorting.rejects) == ({}, 1, [])


def test_sort_rows_rejects_a_known_key_with_other_content_family_or_lot():
    known = {"k": Standing("a", {"text": "t"})}
    other = "Item 'k' stands with other content ({}); use a new key."

    assert reasons(row(2, text="u"), standing=known) == [(2, other.format("text"))]
    assert reasons(row(2, family="f"), standing=known) == [(2, other.format("family"))]
    assert reasons(row(2, lot="b"), standing=known) == [
        (2, "Item 'k' stands in the lot 'a' already.")
    ]


def test_sort_rows_rejects_what_is_too_long_to_keep():
    assert reasons(
        row(2, "k" * 201), row(3, "2", text="t" * 301), row(4, "3", family="f" * 201)
    ) == [
        (2, "Its key has 201 characters; up to 200 are kept."),
        (3, "Its title has 301 characters; up to 300 are kept."),
        (4, "Its family has 201 characters; up to 200 are kept."),
    ]


def test_sort_rows_keeps_the_reading_of_an_unreadable_row():
    sorting = sort_rows([Row(7, {}, "It is broken.", '{"key"')], target())

    assert sorting.rejects == [Reject(7, "It is broken.", {"unreadable": '{"key"'})]


def test_file_blockers_name_the_columns_when_no_row_has_a_key():
    rows = [Row(2, {"id": "1", "text": "t"}), Row(3, {}, "broken")]

    assert file_blockers(rows) == ["The file needs a column named key; it has id, text."]


def test_file_blockers_are_silent_when_a_row_has_a_key_or_none_can_be_read():
    assert file_blockers([Row(1, {"id": "1"}), Row(2, {"key": "1"})]) == []
    assert file_blockers([Row(1, {}, "broken")]) == []


some_rows = st.lists(
    st.builds(
        lambda key, lot, text, reason: Row(1, {"key": key, "lot": lot, "text": text}, reason),
        st.sampled_from(["", "1", "2", "3", "4"]),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["", "t", "u"]),
        st.sampled_from(["", "", "broken"]),
    ),
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(some_rows, st.sampled_from(["", "a"]))
def test_sort_rows_loses_no_row_and_adds_none(rows, lot):
    known = {"1": Standing("a", {"text": "t"}), "2": Standing("b", {"text": "t"})}

    sorting = sort_rows(rows, target(standing=known, lot=lot))

    added = [each for sound in sorting.sound.values() for each in sound]
    assert len(rows) == len(added) + sorting.unchanged + len(sorting.rejects)
    assert len({each["key"] for each in added}) == len(added)
