"""Models fitted here: the same when fitted again, for one client, tested on other items."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peritus.accounts.queries import engine
from peritus.catalogue.packs import ItemContent
from peritus.cli.model_acts import fit_on, let_answer
from peritus.engagements.models import Engagement
from peritus.engagements.queries import content_of_item
from peritus.engagements.verbs import keep_content
from peritus.journal.clock import now
from peritus.journal.errors import NotAllowed
from peritus.model_experts.errors import ModelNotAsked, ModelNotRegistered
from peritus.model_experts.fitting import VERSION, FittedModel
from peritus.model_experts.invariants import changed_specs
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.training import learnt_from, training_rows
from peritus.model_experts.verbs import admit_model, fit_model, open_suggestions
from peritus.work.leasing import DATA, bars_against
from peritus.work.models import Judgment, Slot
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement, guideline_version, item, lot, question
from tests.factories.work import judgment, slot

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORDS = {"yes": "The parties shall keep it secret", "no": "The buyer pays within thirty days"}


@pytest.fixture
def course(db):
    """An engagement of 120 items whose words tell the answer, judged by three people."""
    course = engagement(code="matter", manager=member("manager"), quality_lead=member("quality"))
    version = guideline_version(engagement=course, organisation=course.organisation)
    question(guideline_version=version, code="holds")
    parent, people = lot(engagement=course, code="first"), [expert() for _ in range(3)]
    for n in range(120):
        answer = "yes" if n % 2 else "no"
        content = ItemContent(f"{WORDS[answer]} under clause {n}.", (), ())
        thing = item(lot=parent, content=keep_content(parent.organisation_id, content))
        for place, who in enumerate(people):
            wrong = n % 10 == place
            said = {"holds": answer if not wrong else ("no" if n % 2 else "yes")}
            judgment(slot=slot(item=thing), expert=who, answers=said, engagement=course)
    return course


def fit(course, **changes):
    given = {"name": "Secrecy", "version": VERSION, "by": course.manager, "key": "k"} | changes
    return fit_model("secrecy", course.pk, **given)


def test_fit_model_registers_once_for_one_client_and_on_trial(course):
    spec = fit(course)

    assert fit(course) == spec
    assert (spec.kind, spec.expert.made_from, spec.expert.on_trial) == (
        ModelSpec.Kind.LOCAL, course.organisation, True,
    )  # fmt: skip
    assert 0 < len(learnt_from(spec)) < 120
    assert changed_specs() == []
    elsewhere = slot(item=item(lot=lot(engagement=engagement())), purpose="suggestion")
    assert bars_against(spec.expert, elsewhere, now()) == [DATA]


def test_a_fitted_model_suggests_on_other_items_and_is_admitted(course, capsys):
    engine()
    fit_on("secrecy", "matter", "", 50)
    spec = ModelSpec.objects.get()
    parent = course.lots.get()
    open_suggestions(parent.pk, spec.expert_id, most=200, by=course.manager, key="s")
    asked = Slot.objects.filter(purpose=Slot.Purpose.SUGGESTION)
    assert not asked.filter(item__content__in=learnt_from(spec)).exists()

    let_answer((spec.expert.handle,), watch=False)

    assert f"{asked.count()} answered, 0 given back" in capsys.readouterr().out
    given = Judgment.objects.filter(expert=spec.expert).select_related("item")
    texts = {each.pk: content_of_item(each.item).title for each in given}
    expected = {pk: "yes" if "secret" in text else "no" for pk, text in texts.items()}
    assert {each.pk: each.answers["holds"] for each in given} == expected
    assert given[0].reason.startswith("Learnt from ")
    found = admit_model(
        spec.expert_id, course.pack, expert_cost=Decimal(2), by=course.quality_lead, key="a"
    )
    assert (found.passed, found.items, found.epsilon) == (True, asked.count(), 0.2)


def test_a_fitted_model_is_the_same_when_it_is_fitted_again(course):
    spec = fit(course)
    body = b'{"messages":[{"content":"The parties shall keep it secret"}]}'
    questions = list(course.guideline_versions.get().questions.all())

    one, two = (FittedModel(spec).ask(body, questions) for _ in range(2))

    assert (one, one.answers) == (two, {"holds": "yes"})


def test_a_fitted_model_of_another_release_is_not_asked(course):
    spec = fit(course, version="scikit-learn old")

    with pytest.raises(ModelNotAsked, match="was fitted with scikit-learn old; here is"):
        FittedModel(spec)


def test_fit_model_wants_enough_and_different_judgments(course):
    for percent, said in ((0, "1 to 99 percent; 0 came"), (100, "1 to 99 percent; 100 came")):
        with pytest.raises(ModelNotRegistered, match=said):
            fit(course, percent=percent)
    Judgment.objects.update(answers={"holds": "yes"})
    with pytest.raises(ModelNotRegistered, match="holds: everybody gave the same answer"):
        fit(course)
    other = engagement(manager=course.manager)
    with pytest.raises(ModelNotRegistered, match="At least 30 judgments of people are wanted; 0"):
        fit(other, key="l")


def test_fit_model_reads_no_other_clients_judgments(course):
    other = engagement(manager=course.manager, pack=course.pack)

    assert training_rows(other, 99) == []


def test_fit_model_is_the_managers(course):
    with pytest.raises(NotAllowed):
        fit(course, by=course.quality_lead)
    with pytest.raises(Engagement.DoesNotExist):
        fit(course, by=member("manager"))
