"""Models that are fitted here, on what people judged for one client; nothing leaves.

No fitted object is kept: what it was fitted on is, and it is fitted again before it
answers. So no file of it can be swapped, and nothing has to be trusted that, when
read, may run.

Needs the extra ``models``; only who fits or asks a fitted model imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from peritus.blobs.store import content_of
from peritus.engagements.models import Item, Question
from peritus.engagements.queries import content_of_item
from peritus.model_experts.asking import text_of
from peritus.model_experts.errors import ModelNotAsked
from peritus.model_experts.models import ModelCall, ModelSpec
from peritus.model_experts.replies import Reply
from peritus.work.rules import answer_blockers

VERSION = f"scikit-learn {sklearn.__version__}"


class FittedModel:
    """A model as it was fitted, fitted again; use it as a context, like an endpoint."""

    def __init__(self, spec: ModelSpec) -> None:
        if spec.version != VERSION:
            raise ModelNotAsked([f"{spec} was fitted with {spec.version}; here is {VERSION}."])
        organisation = spec.organisation
        rows = json.loads(content_of(organisation, spec.training))
        texts = {
            content: text_of(content_of_item(Item(organisation_id=organisation, content=content)))
            for content in {content for content, _ in rows}
        }
        self.rows = len(rows)
        self.fitted = _fitted([(texts[content], said) for content, said in rows], spec.decoding)

    def __enter__(self) -> FittedModel:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hold nothing that would have to be let go."""

    def ask(self, body: bytes, questions: Sequence[Question]) -> Reply:
        """Answer the item of a request, as an endpoint would."""
        text = json.loads(body)["messages"][-1]["content"]
        answers, sure = {}, []
        for code, pipeline in self.fitted.items():
            chances = pipeline.predict_proba([text])[0]
            best = int(chances.argmax())
            answers[code] = str(pipeline.classes_[best])
            sure.append(f"{code}: {chances[best]:.2f}")
        if blockers := answer_blockers(questions, answers):
            return Reply(ModelCall.Outcome.DECLINED, blockers[0][:300])
        reason = f"Learnt from {self.rows} judgments; chances {', '.join(sure)}."
        return Reply(ModelCall.Outcome.ANSWERED, "", answers, reason, 0, 0)


def _fitted(
    rows: Sequence[tuple[str, Mapping[str, str]]], settings: Mapping[str, Any]
) -> dict[str, Pipeline]:
    """Fit one pipeline for each question, in their order; the same rows give the same one."""
    found = {}
    for code in sorted({code for _, said in rows for code in said}):
        pipeline = make_pipeline(
            TfidfVectorizer(ngram_range=(1, settings["words"]), min_df=2, sublinear_tf=True),
            LogisticRegression(C=float(settings["C"]), max_iter=2_000),
        )
        texts, answers = zip(*((text, said[code]) for text, said in rows if code in said),
                             strict=True)  # fmt: skip
        found[code] = pipeline.fit(texts, answers)
    return found
