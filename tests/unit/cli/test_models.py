"""``peritus models``, as the operator sees it."""

from decimal import Decimal

import pytest
from click import ClickException

from peritus.accounts.queries import engine
from peritus.cli.model_acts import (
    allow_in,
    ask_suggestions,
    end_in,
    let_answer,
    open_test,
    print_admission,
    print_models,
    register_from,
)
from peritus.engagements.models import RegionAllowed
from peritus.model_experts.models import ModelSpec
from peritus.work.models import Judgment
from tests.factories.accounts import provider
from tests.factories.bench import expert
from tests.factories.endpoint import serving
from tests.factories.engagements import engagement, guideline_version, item, lot, question
from tests.factories.model_experts import model_spec
from tests.factories.quality import gold
from tests.factories.walk import Walk
from tests.factories.work import judgment, slot

pytestmark = pytest.mark.django_db

READER = """
family = "reader"
name = "Small reader"
base_url = "https://models.example/v1"
model = "reader-small"
version = "2026-05-01"
region = "EU"
key_name = "PERITUS_MODEL_KEY_READER"
price_input = 0.40
price_output = 1.60
currency = "EUR"
context_tokens = 8000
seed = 7
"""


@pytest.fixture
def written(tmp_path):
    engine()

    def write(text):
        path = tmp_path / "reader.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_register_from_registers_what_the_file_says(written, capsys):
    register_from(written(READER))
    print_models()

    spec = ModelSpec.objects.get()
    assert (spec.expert.handle, spec.expert.data_region) == ("reader-v1", "EU")
    assert (spec.price_input, spec.price_output) == (Decimal("0.40"), Decimal("1.60"))
    printed = capsys.readouterr().out
    assert f"SHA-256 {spec.instruction_digest}" in printed
    assert "0.4 in, 1.6 out, EUR" in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("family = ", "is no TOML"),
        (READER + 'api_key = "sk-1"', "A model has no api_key"),
        (READER.replace("8000", '"many"'), "context_tokens is no number"),
        (READER.replace('"EUR"', "7"), "currency is no such value"),
        (READER.replace('currency = "EUR"', ""), "missing 1 required positional argument"),
        (READER.replace("https", "http"), "An endpoint is https://"),
    ],
)
def test_register_from_says_what_is_wrong_with_the_file(written, text, said):
    with pytest.raises(ClickException, match=said):
        register_from(written(text))
    assert not ModelSpec.objects.exists()


def test_regions_are_allowed_and_ended(capsys):
    engine()
    engagement(code="matter")

    allow_in("matter", "EU", "Annex 2")
    end_in("matter", "EU")

    assert RegionAllowed.objects.get().ended_at is not None
    with pytest.raises(ClickException, match="Items may not go to 'EU'"):
        end_in("matter", "EU")
    with pytest.raises(ClickException, match="There is no engagement 'other'"):
        allow_in("other", "EU", "Annex 2")


@pytest.mark.slow
def test_let_answer_says_what_it_came_to(capsys):
    walk = Walk(first_judges=0)
    walk.engagement.required_qualification = ""
    walk.engagement.save()
    asked = walk.engagement.guideline_versions.get().questions.get()
    with serving() as model:
        spec = model_spec(base_url=model.address)
        for each in walk.engagement.items.order_by("key")[:2]:
            judgment(slot=slot(item=each), engagement=walk.engagement)
        ask_suggestions("matter", "first", spec.expert.handle, 2)
        capsys.readouterr()
        model.then(lambda exchange: exchange.answer(**{asked.code: asked.options[0][0]}))

        let_answer((spec.expert.handle,), watch=False)
        let_answer((), watch=False)  # nothing is left, and nothing is said

    assert capsys.readouterr().out == (
        f"{spec.expert.handle}: 2 answered, 0 given back, 2 calls, 0.000848 EUR.\n"
    )
    assert Judgment.objects.filter(expert=spec.expert).count() == 2
    with pytest.raises(ClickException, match="No model is called eve"):
        let_answer(("eve",), watch=False)


@pytest.mark.slow
def test_print_admission_says_judge_by_judge_and_fails_where_the_model_does(capsys):
    engine()
    course = engagement(code="matter")
    question(guideline_version=guideline_version(engagement=course), code="holds")
    parent, spec = lot(engagement=course, code="first"), model_spec()
    people = [expert() for _ in range(3)]
    for n in range(40):
        thing = item(lot=parent)
        for who in people:
            said = {"holds": "yes" if n % 2 else "no"}
            judgment(slot=slot(item=thing), expert=who, answers=said, engagement=course)
    ask_suggestions("matter", "first", spec.expert.handle, 40)
    for asked in spec.expert.slots.all():
        judgment(slot=asked, expert=spec.expert, answers={"holds": "yes"}, engagement=course)

    with pytest.raises(SystemExit):
        print_admission(spec.expert.handle, course.pack, "2.50")

    printed = capsys.readouterr().out
    assert "Winning rate holds 0.00 of 3 experts; 0.50 is wanted." in printed
    assert f"{spec.expert.handle} may only suggest for {course.pack}." in printed


def test_what_is_not_there_is_said():
    engine()
    engagement(code="matter")

    with pytest.raises(ClickException, match="There is no lot 'x' in matter"):
        ask_suggestions("matter", "x", "eve", 1)
    with pytest.raises(ClickException, match="Nobody on the bench is called eve"):
        print_admission("eve", "kpo_quiz", "1")
    with pytest.raises(ClickException, match="'much' is no amount"):
        print_admission("eve", "kpo_quiz", "much")


@pytest.mark.slow
def test_open_test_opens_the_test_that_people_take(capsys):
    engine()
    course = engagement(organisation=provider(), pack="kpo_quiz")
    question(guideline_version=guideline_version(engagement=course), code="holds")
    thing, spec = item(lot=lot(engagement=course)), model_spec()
    gold(item=thing)

    open_test(spec.expert.handle)

    assert spec.expert.slots.get().purpose == "qualification"
    assert f"waits for {spec.expert.handle}" in capsys.readouterr().out
    with pytest.raises(ClickException, match="No test is open to"):
        open_test(spec.expert.handle)
