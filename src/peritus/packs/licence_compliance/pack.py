"""What the pack declares: one question, its guideline, plan, items, files."""

from __future__ import annotations

from peritus.catalogue.kinds import Option
from peritus.catalogue.packs import GuidelineSpec, Pack, QuestionSpec
from peritus.packs.licence_compliance.items import ITEMS
from peritus.packs.licence_compliance.lock import FOLDER
from peritus.packs.licence_compliance.plan import PLAN
from peritus.packs.licence_compliance.sample import QUESTION_CODE, SAMPLE
from peritus.packs.licence_compliance.writers import WRITERS

QUESTION = QuestionSpec(
    code=QUESTION_CODE,
    kind="choice",
    text=(
        "May a component under the inbound licence go into a product distributed in binary form "
        "under the outbound licence?"
    ),
    options=(Option("yes", "Yes, it may"), Option("no", "No, it may not")),
    section="The question",
)

PACK = Pack(
    name="licence_compliance",
    title="Open-source licence compliance",
    activity="legal: compliance",
    questions=(QUESTION,),
    guideline=GuidelineSpec(
        title="Licence compatibility for binary distribution",
        text=(FOLDER / "guideline.md").read_text(encoding="utf-8"),
    ),
    items=ITEMS,
    plan=PLAN,
    writers=WRITERS,
    labels={"item": "licence pair", "items": "licence pairs"},
    requires_qualification="KPO onboarding",
    sample=SAMPLE,
)
