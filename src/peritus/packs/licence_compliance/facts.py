"""What the sample says about its own tables, counted from them."""

from __future__ import annotations

from dataclasses import dataclass

from peritus.packs.licence_compliance.gold import gold_answers
from peritus.packs.licence_compliance.scope import (
    PERMISSIVE,
    STRONG,
    WEAK,
    all_judges_answer,
    differs_from_auditor,
    judgments_in,
    pairs_in,
    scope,
    table_decision,
)
from peritus.packs.licence_compliance.sources import (
    ADJUDICATOR,
    AUDITOR,
    Pair,
    answer_of,
    table,
)

# How OSADL's reasons say that they are about passing on the component itself.
RELICENSING = "cannot be redistributed under another copyleft license"


@dataclass(frozen=True)
class Share:
    """A count within a population."""

    count: int
    population: int

    def __str__(self) -> str:
        return f"{self.count} of {self.population}"


def constant_answer_differences(lot: str, answer: str) -> Share:
    """Count where one and the same answer to all would differ from the auditor.

    Within the pairs that the tables decide: that is the certified population.
    """
    decided = [pair for pair in pairs_in(lot) if table_decision(pair).answer is not None]
    return Share(sum(answer_of(AUDITOR, pair) != answer for pair in decided), len(decided))


def relicensing_differences() -> Share:
    """Count the weak lot's differences where the adjudicator means relicensing."""
    differences = [pair for pair in pairs_in(WEAK) if differs_from_auditor(pair)]
    return Share(sum(_is_read_as_relicensing(pair) for pair in differences), len(differences))


def _is_read_as_relicensing(pair: Pair) -> bool:
    """Say whether the adjudicator decided, and for that reason."""
    return table_decision(pair).contested and RELICENSING in table(ADJUDICATOR)[pair].reason


def gold_against_auditor() -> Share:
    """Count the known answers that the auditor's table contradicts."""
    known = {answer.item_key: answer.answer for answer in gold_answers("")}
    pairs = [pair for pair in scope() if pair.key in known]
    return Share(sum(answer_of(AUDITOR, pair) != known[pair.key] for pair in pairs), len(pairs))


def facts() -> list[str]:
    """Return the lines that the summary prints beside the flow's own figures."""
    return [*_scope_lines(), *_table_lines(), *_result_lines()]


def _scope_lines() -> list[str]:
    pairs = list(scope())
    licences = {licence for pair in pairs for licence in pair}
    full = sum(all_judges_answer(pair) for pair in pairs)
    return [
        (
            f"The scope was chosen for coverage: {len(pairs)} ordered pairs of {len(licences)} "
            "licences on which Double Open and at least two of three first judges say yes or no "
            f"(all three on {full}; {judgments_in(pairs):,} first judgments)."
        ),
        "The audit schedule was checked beforehand with the differences known.",
    ]


def _table_lines() -> list[str]:
    return [
        (
            "The pair tables of Double Open and of the OSLC Handbook were derived from per-licence "
            "classes by one author, who also computed Hermine's table: agreement between them is "
            "partly agreement of tools."
        ),
        (
            "The tables assume different uses: linking (Double Open, OSLC Handbook) or copying "
            "code (Hermine, OSADL). They were made before this guideline and did not read it."
        ),
    ]


def _result_lines() -> list[str]:
    yes = constant_answer_differences(PERMISSIVE, "yes")
    no = constant_answer_differences(STRONG, "no")
    gold = gold_against_auditor()
    return [
        (
            f"Constant answers do nearly as well on the easy lots: always yes differs on {yes} "
            f"permissive pairs, always no on {no} strong-copyleft pairs. These lots prove the "
            "machinery, not skill."
        ),
        (
            "Known answers (stated paths of two charts, all yes) differ from the auditor on "
            f"{gold}; they are shown, and weigh nothing and fail nobody."
        ),
        (
            f"In {relicensing_differences()} weak-copyleft differences OSADL, as adjudicator, "
            "reads the question as relicensing and the other tables as use inside a product; the "
            "guideline is silent."
        ),
    ]
