"""Guideline texts: rendered safely, cut by section, compared."""

import time

from peritus.web.text import MOST_COMPARED, DiffLine, changes_between, rendered, section_of


def test_rendered_shows_html_as_text():
    html = rendered("A <script>alert(1)</script> **word**")

    assert html == "<p>A &lt;script&gt;alert(1)&lt;/script&gt; <strong>word</strong></p>\n"


def test_rendered_makes_no_link_to_elsewhere():
    assert "href" not in rendered("[here](javascript:alert(1)) <http://example.invalid>")


def test_rendered_gives_sections_the_anchor_that_questions_point_to():
    assert rendered("## The question") == '<h2 id="g-the-question">The question</h2>\n'


def test_rendered_keeps_the_page_its_own_first_heading():
    assert rendered("# Title") == '<h2 id="g-title">Title</h2>\n'


def test_section_of_returns_what_stands_under_a_heading():
    text = "# T\n\n## One\nfirst\n\n## Two\nsecond\n\n### Two a\nmore"

    assert section_of(text, "Two") == "second\n\n### Two a\nmore"
    assert section_of(text, "Three") == ""


def test_changes_between_shows_changes_with_a_line_around_and_counts_the_rest():
    old, new = "a\nb\nc\nd\ne\nf", "a\nb\nC\nd\ne\nf"

    assert changes_between(old, new) == [
        DiffLine("gap", "1 unchanged lines"),
        DiffLine("same", "b"),
        DiffLine("removed", "c"),
        DiffLine("added", "C"),
        DiffLine("same", "d"),
        DiffLine("gap", "2 unchanged lines"),
    ]


def test_changes_between_takes_no_time_where_every_line_is_another():
    old = "\n".join(f"{n} {n * 7919 % 1013} of the text that stood here" for n in range(1_500))
    new = "\n".join(f"{n * 31 % 997} {n} of the new text, which is not" for n in range(1_500))
    began = time.perf_counter()

    found = changes_between(old, new)

    assert time.perf_counter() - began < 1
    assert {line.kind for line in found} == {"removed", "added"}
    assert len(found) == 3_000


def test_changes_between_texts_beyond_comparing_shows_both():
    long = "a\n" * (MOST_COMPARED + 1)

    assert [line.kind for line in changes_between(long, "a")] == ["removed"] * (
        MOST_COMPARED + 1
    ) + ["added"]
