"""Judges who err together, such as AI models, beside people who err alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments, whole_vector

from .confusion import Shrunk, modest_matrix
from .consensus import Consensus, Floats, settled_consensus
from .expectation import expectation_maximisation
from .gold import normalised
from .methods import POOLED_WEIGHT, SHRINKAGE, shrunk_model
from .sums import expected_counts


def aggregate_groups(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    group: ArrayLike,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Weigh each group's common answer as one expert's, learnt against people only.

    Members of a group (models of one maker, copies of one source) err on the
    same items. Counted one by one they outvote people, and Dawid-Skene takes
    their agreement for proof that they are right.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    group : integers (workers,)
        Each worker's group, -1 for one who errs alone.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `confusion` of a member is what it answers beside people, alone;
        `log_likelihood` is that of the fit to people. Items that groups alone
        judged are answered from what groups are worth elsewhere. Where no
        person judged anything, nothing can be learnt of a group: it counts as
        one expert of modest skill. People's beliefs are no truth: a group better
        than people counts for less than it is worth, not for more.

    Raises
    ------
    ValueError
        As `majority_vote`, or `group` has not one integer >= -1 a worker.

    Notes
    -----
    People are fitted by shrunk Dawid-Skene. An item's members of a group are
    one pseudo-expert for each level of their agreement ("4 of 6"), whose answer
    is that of most (a tie says nothing); its matrix is counted over people's
    beliefs, drawn to the group's by the weight of 4 judgments, as the group's
    is to modest skill by 20. Cost: one fit, and O(n labels).
    Source: Dawid & Skene (1979), Applied Statistics 28, 20-28, for matrices;
    that correlated votes are worth fewer: Ladha (1992), American Journal of
    Political Science 36, 617-634.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    judgments = coded_judgments(item, worker, label, **sizes)
    groups = _checked_groups(group, judgments.n_workers)
    alone = _kept(judgments, groups[judgments.worker] < 0)
    people = expectation_maximisation(alone, shrunk_model(alone))
    beliefs = np.where((alone.per_item > 0)[:, None], people.posterior, 0.0)
    with np.errstate(divide="ignore"):
        joint = np.log(people.posterior)
    confusion = np.array(people.confusion)
    for each in np.unique(groups[groups >= 0]).tolist():
        members = _kept(judgments, groups[judgments.worker] == each)
        evidence, prior = _worth(common_answers(members), beliefs)
        joint += evidence
        learnt = prior.matrices(expected_counts(members, beliefs)).transpose(0, 2, 1)
        confusion[groups == each] = learnt[groups == each]
    return settled_consensus(
        judgments,
        normalised(joint),
        confusion,
        people.prevalence,
        log_likelihood=people.log_likelihood.tolist(),
        converged=people.converged,
        method="dawid_skene_groups",
    )


def common_answers(members: CodedJudgments) -> CodedJudgments:
    """Return what most members answer to each item, by a worker for each level of agreement.

    Levels are pairs: how many gave the answer, of how many. Ties are left out.
    """
    votes = np.zeros((members.n_items, members.n_labels), dtype=np.int64)
    np.add.at(votes, (members.item, members.label), 1)
    most = votes.max(axis=1, initial=0)
    item = np.flatnonzero((most > 0) & ((votes == most[:, None]).sum(axis=1) == 1))
    pairs = np.stack([most[item], members.per_item[item]], axis=1)
    levels, level = np.unique(pairs, axis=0, return_inverse=True)
    label = votes[item].argmax(axis=1) if len(item) else item
    return CodedJudgments(
        item, level.ravel(), label, members.n_items, len(levels), members.n_labels
    )


def _worth(answers: CodedJudgments, beliefs: Floats) -> tuple[Floats, Shrunk]:
    """Return what a group's answers say (items, labels) in nats, and the prior of its members."""
    counts = expected_counts(answers, beliefs)
    modest = Shrunk(POOLED_WEIGHT * modest_matrix(answers.n_labels))
    prior = Shrunk(SHRINKAGE * modest.matrices(counts.sum(axis=0, keepdims=True))[0])
    evidence = np.zeros((answers.n_items, answers.n_labels))
    evidence[answers.item] = np.log(prior.matrices(counts)[answers.worker, answers.label])
    return evidence, prior


def _checked_groups(group: ArrayLike, n_workers: int) -> Codes:
    groups = whole_vector("group", group)
    if len(groups) != n_workers or (groups < -1).any():
        raise ValueError(
            f"group must hold one integer >= -1 for each of {n_workers} workers, "
            f"got {len(groups)}, least {groups.min(initial=0)}"
        )
    return groups


def _kept(judgments: CodedJudgments, kept: NDArray[np.bool_]) -> CodedJudgments:
    item, worker, label = (
        code[kept] for code in (judgments.item, judgments.worker, judgments.label)
    )
    return replace(judgments, item=item, worker=worker, label=label)
