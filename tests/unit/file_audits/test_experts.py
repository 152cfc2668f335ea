import numpy as np
import pytest
from scipy.stats import fisher_exact

from peritus.file_audits.experts import experts_of
from peritus.file_audits.judgments import ReadingRules, judgments_of
from tests.unit.file_audits.scene import shared_set


def judged(rows, name="answers.csv"):
    text = "item,expert,answer\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)
    return judgments_of(text.encode(), name, ReadingRules())


def panel(*, items=60, careless=()):
    """Four experts on every item; the careless one differs on its items."""
    return [
        (f"i{item}", who, "no" if who == "d" and item in careless else "yes" if item % 2 else "no")
        for item in range(items)
        for who in "abcd"
    ]


def test_who_differs_more_often_than_chance_allows_comes_first_with_n():
    experts = experts_of(judged(panel(careless=range(1, 60, 4))))

    first, *rest = experts
    assert (first.expert, first.judgments, first.compared, first.differing) == ("d", 60, 60, 15)
    assert first.at_risk
    assert not any(each.at_risk for each in rest)
    assert first.low < 15 / 60 < first.high


def test_the_chance_is_fishers_adjusted_for_looking_at_everybody():
    first = experts_of(judged(panel(careless=range(1, 60, 4))))[0]

    alone = fisher_exact([[15, 45], [0, 180]], alternative="greater").pvalue
    assert first.chance == pytest.approx(4 * alone)


def test_an_expert_is_held_against_known_answers_before_the_others():
    rows = [(f"i{item}", who, "yes") for item in range(30) for who in "abc"]
    rows += [(f"i{item}", "d", "no") for item in range(30)]
    text = "item,expert,answer,gold\n" + "".join(f"{','.join(row)},no\n" for row in rows)
    judgments = judgments_of(text.encode(), "answers.csv", ReadingRules())
    known = dict.fromkeys(range(30), judgments.labels.index("no"))

    held = experts_of(judgments.__class__(**{**vars(judgments), "gold": known}))

    assert {each.expert: each.differing for each in held} == {"a": 30, "b": 30, "c": 30, "d": 0}


def test_nobody_is_blamed_where_the_others_are_divided():
    rows = [("i", "a", "x"), ("i", "b", "y"), ("i", "c", "z"), ("j", "a", "x"), ("k", "b", "x")]

    experts = experts_of(judged(rows))

    assert [(each.compared, each.chance, each.at_risk) for each in experts] == [(0, 1, False)] * 3


def test_one_answer_only_is_said_where_others_gave_several():
    rows = [row for row in panel() if row[1] != "d"] + [(f"i{i}", "d", "no") for i in range(60)]

    assert {each.expert: each.only for each in experts_of(judged(rows))} == {
        "a": "", "b": "", "c": "", "d": "no",
    }  # fmt: skip


@pytest.mark.slow
def test_experts_who_are_alike_are_seldom_named():
    """Replays of twelve experts of one skill: in at most 5 % of them anybody is named."""
    generator = np.random.default_rng(5)
    named = 0
    for _ in range(200):
        wrong = generator.random((40, 12)) < 0.2
        rows = [
            (f"i{item}", f"e{who}", "no" if wrong[item, who] else "yes")
            for item in range(40)
            for who in range(12)
        ]
        named += any(each.at_risk for each in experts_of(judged(rows)))

    assert named <= 18  # 200 draws at .05: 18 or more come in 1.2 % of runs


@pytest.mark.slow
def test_experts_at_risk_in_a_real_set_are_worse_than_the_rest():
    content, truth = shared_set("rte")
    judgments = judgments_of(content, "rte.csv", ReadingRules())

    experts = {each.expert: each for each in experts_of(judgments)}

    right = np.array([truth[judgments.items[i]] == judgments.labels[j]
                      for i, j in zip(judgments.item, judgments.label, strict=True)])  # fmt: skip
    risky = [name for name, each in experts.items() if each.at_risk]
    of_risky = np.isin(judgments.expert, [judgments.experts.index(name) for name in risky])
    assert len(risky) >= 5
    assert right[of_risky].mean() < right[~of_risky].mean() - 0.1
