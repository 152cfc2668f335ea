"""The alternative annotator test: by its definition, by simulation, on people's real judgments."""

from __future__ import annotations

import json
import os
from contextlib import redirect_stdout
from io import StringIO
from itertools import product
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from peritus.algorithms.admission import allowance_from_cost, alternative_annotator_test
from peritus.algorithms.admission.testing import excess_p_value

# Run on this machine beside ours, never copied: github.com/nitaytech/AltTest at 18428b1.
AUTHORS = os.environ.get("PERITUS_ALT_TEST")
PUBLISHED = {
    "10k_prompts": ("neg_rmse", 0.15),
    "cebab_aspects": ("accuracy", 0.1),
    "cebab_stars": ("neg_rmse", 0.1),
    "framing": ("accuracy", 0.15),
    "lesion": ("neg_rmse", 0.15),
    "lgbteen": ("accuracy", 0.2),
    "mtbench": ("accuracy", 0.2),
    "summeval": ("neg_rmse", 0.2),
    "wax": ("accuracy", 0.1),
}


@st.composite
def panels(draw):
    """Judgments of a few people on a few items, some missing, and a model's answers."""
    n_items, n_workers = draw(st.integers(2, 8)), draw(st.integers(2, 5))
    answer = st.one_of(st.none(), st.integers(0, 2))
    cells = draw(
        st.lists(answer, min_size=n_items * n_workers, max_size=n_items * n_workers).filter(
            lambda given: sum(each is not None for each in given) > 0
        )
    )
    model = draw(st.lists(answer, min_size=n_items, max_size=n_items))
    return np.array(cells, dtype=float).reshape(n_items, n_workers), np.array(model, dtype=float)


def closeness(value, others, level):
    if level == "nominal":
        return np.mean([value == other for other in others])
    return -np.sqrt(np.mean([(value - other) ** 2 for other in others]))


def by_definition(table, model, level):
    """Return for each judge the pairs (judge as close or closer, model as close or closer)."""
    found = {}
    for worker in range(table.shape[1]):
        pairs = []
        for i, row in enumerate(table):
            others = [x for w, x in enumerate(row) if w != worker and not np.isnan(x)]
            if np.isnan(row[worker]) or np.isnan(model[i]) or not others:
                continue
            judge, its = (closeness(x, others, level) for x in (row[worker], model[i]))
            pairs.append((judge >= its, its >= judge))
        found[worker] = np.array(pairs, dtype=int).reshape(-1, 2)
    return found


def judged(table):
    item, worker = np.nonzero(~np.isnan(table))
    return item, worker, table[item, worker]


@settings(max_examples=200, deadline=None)
@given(panel=panels(), level=st.sampled_from(["nominal", "interval"]))
def test_alternative_annotator_test_follows_its_definition(panel, level):
    table, model = panel
    expected = {w: p for w, p in by_definition(table, model, level).items() if len(p) >= 2}
    if not expected:
        with pytest.raises(ValueError, match="no judge has 2 items"):
            alternative_annotator_test(
                *judged(table), model, epsilon=0.1, level=level, least_items=2
            )
        return

    found = alternative_annotator_test(
        *judged(table), model, epsilon=0.1, level=level, least_items=2
    )

    assert found.workers.tolist() == list(expected)
    assert found.items.tolist() == [len(p) for p in expected.values()]
    assert found.advantage == pytest.approx([p[:, 1].mean() for p in expected.values()])
    assert found.excess == pytest.approx([(p[:, 0] - p[:, 1]).mean() for p in expected.values()])


def test_alternative_annotator_test_corrects_for_many_comparisons_by_yekutieli():
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 3, 60)
    noisy = generator.integers(0, 3, (60, 6))
    table = np.where(generator.random((60, 6)) < 0.7, truth[:, None], noisy).astype(float)

    found = alternative_annotator_test(*judged(table), truth, epsilon=0.1, method="t")

    p = np.sort(found.p_values)
    limits = np.arange(1, 7) / 6 * 0.05 / (1 / np.arange(1, 7)).sum()
    below = np.flatnonzero(p <= limits)
    assert found.won.sum() == (below[-1] + 1 if len(below) else 0) > 0
    assert found.winning_rate == found.won.mean()


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=3, max_size=60), st.floats(0, 0.5))
def test_excess_p_value_by_t_is_that_of_scipy(difference, epsilon):
    given_ = np.array(difference)
    if given_.std() == 0:
        assert excess_p_value(given_, epsilon, "t") == float(given_.mean() >= epsilon)
    else:
        expected = ttest_1samp(given_, epsilon, alternative="less").pvalue
        assert excess_p_value(given_, epsilon, "t") == pytest.approx(expected, abs=1e-12)


def chance_of_at_most(total, n, up, down):
    """Add the chances of all counts (ups, downs) whose sum is at most ``total``."""
    return sum(
        factorial(n)
        / (factorial(a) * factorial(b) * factorial(n - a - b))
        * up**a
        * down**b
        * (1 - up - down) ** (n - a - b)
        for a, b in product(range(n + 1), repeat=2)
        if a + b <= n and a - b <= total
    )


@pytest.mark.parametrize(("ups", "downs", "n"), [(1, 3, 9), (0, 0, 12), (4, 4, 10), (0, 8, 8)])
def test_excess_p_value_is_the_largest_of_the_trinomial_laws_in_its_interval(ups, downs, n):
    given_ = np.array([1] * ups + [-1] * downs + [0] * (n - ups - downs))

    found = excess_p_value(given_, 0.2)

    differing = binomtest(ups + downs, n).proportion_ci(0.999, method="exact")
    shares = np.linspace(max(differing.low, 0.2), differing.high, 65)
    laws = [((share + 0.2) / 2, (share - 0.2) / 2) for share in shares]
    every = [chance_of_at_most(ups - downs, n, up, down) for up, down in laws]
    assert found == pytest.approx(min(1, max(every) + 1e-3), abs=1e-9)


def test_excess_p_value_is_least_where_too_few_items_differ_for_the_allowance():
    assert excess_p_value(np.zeros(200, dtype=np.int64), 0.2) == 1e-3


@pytest.mark.parametrize("value", [-0.1, 1.0])
def test_alternative_annotator_test_refuses_an_allowance_out_of_range(value):
    with pytest.raises(ValueError, match="epsilon must lie"):
        alternative_annotator_test([0, 0], [0, 1], [1, 1], [1], epsilon=value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"false_discoveries": 1.0}, "false_discoveries must lie"),
        ({"least_items": 1}, "least_items must be 2"),
        ({"method": "z"}, "method must be exact or t"),
        ({"model": [[1.0]]}, "model must be finite"),
        ({"model": [np.inf, 1.0]}, "model must be finite"),
        ({"label": [1, 1, 1, np.nan]}, "label must be finite"),
        ({"worker": [0, 0, 0, 1]}, "more than once"),
        ({"item": [0, 0, 1, 2]}, "item codes must lie in 0..1"),
        ({"label": [1, 1, 1]}, "one entry per judgment"),
    ],
)
def test_alternative_annotator_test_says_what_is_wrong(changed, says):
    asked = {
        "item": [0, 0, 1, 1], "worker": [0, 1, 0, 1], "label": [1, 1, 0, 1], "model": [1.0, 1.0],
        "epsilon": 0.1, "least_items": 2,
    } | changed  # fmt: skip

    with pytest.raises(ValueError, match=says):
        alternative_annotator_test(**asked)


# What the promise is worth, by simulation


def rejections(method, n, epsilon, laws, runs=4_000):
    """Return how often "the judge is ahead by epsilon" is excluded under each law (up, down)."""
    generator = np.random.default_rng(20_250_727)
    found = []
    for up, down in laws:
        drawn = generator.multinomial(n, [up, down, 1 - up - down], size=runs)
        counts, times = np.unique(drawn, axis=0, return_counts=True)
        p = [
            excess_p_value(np.repeat([1, -1, 0], each).astype(np.int64), epsilon, method)
            for each in counts
        ]
        found.append(float(times[np.array(p) <= 0.05].sum() / runs))
    return found


def on_the_edge(epsilon):
    """Return laws under which the judge is ahead by exactly epsilon."""
    return [(epsilon + down, down) for down in (0.0, 0.02, 0.1, 0.3)]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "epsilon"), [(30, 0.1), (30, 0.2), (60, 0.05), (100, 0.15)])
def test_excess_p_value_is_wrong_at_most_as_often_as_promised(n, epsilon):
    allowed = 0.05 + 3 * (0.05 * 0.95 / 4_000) ** 0.5

    assert max(rejections("exact", n, epsilon, on_the_edge(epsilon))) <= allowed


@pytest.mark.slow
def test_excess_p_value_by_t_is_wrong_far_more_often_with_few_items():
    assert max(rejections("t", 30, 0.1, on_the_edge(0.1))) == pytest.approx(0.18, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "least"), [("exact", 0.85), ("t", 0.97)]
)  # of 100 items, where judge and model are equally close and differ on a tenth
def test_excess_p_value_finds_a_model_that_is_as_close(method, least):
    assert rejections(method, 100, 0.15, [(0.05, 0.05)])[0] >= least


# People's real judgments: one of them held out stands for the model


def held_out(given_, worker, n_items, answers=None):
    """Return the others' judgments, and the held-out person's answers as the model's."""
    mine = given_.worker == worker
    model = np.full(n_items, np.nan)
    model[given_.item[mine]] = given_.label[mine]
    if answers is not None:
        model = np.where(np.isnan(model), np.nan, answers)
    return given_.item[~mine], given_.worker[~mine], given_.label[~mine], model


@pytest.mark.slow
def test_alternative_annotator_test_tells_the_best_person_from_chance_on_bluebird(recorded):
    given_ = recorded("bluebird")
    right = np.bincount(given_.worker, given_.label == given_.gold[given_.item])
    best, n_items = int(np.argmax(right)), len(given_.gold)
    coin = np.random.default_rng(5).integers(0, 2, n_items)

    good = alternative_annotator_test(*held_out(given_, best, n_items), epsilon=0.1)
    random = alternative_annotator_test(*held_out(given_, best, n_items, coin), epsilon=0.1)

    assert (good.passed, random.passed) == (True, False)
    assert good.advantage_probability > random.advantage_probability
    assert random.winning_rate < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dices350", "face"])
def test_alternative_annotator_test_fails_whoever_answers_at_random(recorded, name):
    given_ = recorded(name)
    n_items, n_labels = len(given_.gold), int(given_.label.max()) + 1
    most = int(np.argmax(np.bincount(given_.worker)))
    drawn = np.random.default_rng(9).integers(0, n_labels, n_items)

    found = alternative_annotator_test(*held_out(given_, most, n_items, drawn), epsilon=0.1)

    assert not found.passed


@pytest.mark.slow
@pytest.mark.skipif(AUTHORS is None, reason="PERITUS_ALT_TEST names no copy of the authors' files")
@pytest.mark.parametrize("name", PUBLISHED)
def test_alternative_annotator_test_agrees_with_its_authors_on_their_data(name):
    metric, epsilon = PUBLISHED[name]
    theirs = {}
    cells = json.loads((Path(AUTHORS) / "alt_test_example.ipynb").read_text("utf-8"))["cells"]
    for cell in cells[1:3]:
        exec("".join(cell["source"]), theirs)
    folder = Path(AUTHORS) / "data" / name
    people = json.loads((folder / "human_annotations.json").read_text("utf-8"))
    models = json.loads((folder / "llm_annotations.json").read_text("utf-8"))
    items = {i: n for n, i in enumerate(sorted({i for said in people.values() for i in said}))}
    every = [str(x) for said in (*people.values(), *models.values()) for x in said.values()]
    code = {x: n for n, x in enumerate(sorted(set(every)))}
    level = "nominal" if metric == "accuracy" else "interval"

    def value(x):
        return code[str(x)] if level == "nominal" else float(x)

    rows = [(items[i], w, value(x)) for w, p in enumerate(people.values()) for i, x in p.items()]
    for said in models.values():
        with redirect_stdout(StringIO()):
            rate, advantage = theirs["alt_test"](said, people, metric, epsilon=epsilon)
        model = np.full(len(items), np.nan)
        for i, x in said.items():
            if i in items:
                model[items[i]] = value(x)
        item, worker, label = (np.array(column) for column in zip(*rows, strict=True))

        found = alternative_annotator_test(
            item, worker, label, model, epsilon=epsilon, level=level, method="t"
        )

        assert found.winning_rate == pytest.approx(rate)
        assert found.advantage_probability == pytest.approx(advantage)


# What a model's price earns it


@pytest.mark.parametrize(
    ("model", "expert", "allowance"),
    [(0.0, 2.0, 0.2), (1.0, 2.0, 0.1), (2.0, 2.0, 0.0), (3.0, 2.0, 0.0)],
)
def test_allowance_from_cost_falls_with_the_relative_cost(model, expert, allowance):
    assert allowance_from_cost(model, expert) == pytest.approx(allowance)


@pytest.mark.parametrize(("model", "expert", "most"), [(-1, 1, 0.2), (1, 0, 0.2), (1, 1, 1.0)])
def test_allowance_from_cost_refuses_what_is_no_cost(model, expert, most):
    with pytest.raises(ValueError, match="must"):
        allowance_from_cost(model, expert, most=most)
