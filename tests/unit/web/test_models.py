"""Pages of AI models: how each is asked, and whether it may decide."""

import pytest
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.bench.verbs import AdmissionTested, record_admission
from tests.factories import accounts, bench
from tests.factories.model_experts import model_call, model_spec
from tests.factories.work import assignment
from tests.unit.web.conftest import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    person = accounts.member(Role.QUALITY, name="Lea Weir")
    client.force_login(person)
    return person


def admission_of(spec, lead, *, passed=True, key="k"):
    judge = bench.expert(name="Ada Quill")
    row = {"expert": str(judge.uid), "items": 60, "advantage": 0.95, "p": 0.0012, "won": passed}
    result = {"question": "holds", "winning_rate": float(passed), "advantage": 0.95}
    found = AdmissionTested(passed, 3, 60, 0.1999, [result | {"judges": [row]}])
    return record_admission(spec.expert_id, "kpo_quiz", found, by=lead, key=key)


def test_models_say_which_may_decide(client, lead):
    trusted, new = model_spec(region="EU"), model_spec()
    admission_of(trusted, lead)

    page = client.get(reverse("models")).text

    assert (page.count("Admitted"), page.count("May only suggest")) == (1, 1)
    assert all(str(spec.expert.uid) in page for spec in (trusted, new))
    assert "kpo_quiz" in page


def test_models_say_what_to_do_where_there_is_none(client, lead):
    assert "No model is registered yet" in client.get(reverse("models")).text


def test_model_shows_its_test_judge_by_judge(client, lead):
    spec = model_spec()
    admission_of(spec, lead)

    page = client.get(reverse("model", args=[spec.expert.uid])).text

    assert "beside 3 experts on 60 items, with an allowance of 0.200" in page
    assert ("Ada Quill" in page, "0.0012" in page, "Lea Weir" in page) == (True, True, True)
    assert "Beats them" in page


def test_model_shows_that_an_admission_ended(client, lead):
    spec = model_spec()
    admission_of(spec, lead)
    admission_of(spec, lead, passed=False, key="l")

    page = client.get(reverse("model", args=[spec.expert.uid])).text

    assert (page.count("Ended"), page.count("May only suggest")) == (1, 1)
    assert "Passed; it stood until" in page


def test_model_shows_how_it_is_asked_and_what_it_cost_and_no_key(client, lead, settings):
    settings.MODEL_KEYS = {"PERITUS_MODEL_KEY_READER": "sk-quite-secret"}
    spec = model_spec(key_name="PERITUS_MODEL_KEY_READER", instruction="<b>Judge</b> it.")
    held = assignment(expert=spec.expert)
    model_call(assignment=held, spec=spec)
    model_call(assignment=held, spec=spec, input_tokens=None, price=None)

    page = client.get(reverse("model", args=[spec.expert.uid])).text

    assert "0.000424 EUR" in page
    assert "1 answered call came without a count" in page
    assert "&lt;b&gt;Judge&lt;/b&gt; it." in page
    assert "PERITUS_MODEL_KEY_READER" in page
    assert "sk-quite" not in page


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT])
def test_models_are_for_the_providers_staff(client, role):
    spec = model_spec()
    client.force_login(accounts.member(role))

    for address in (reverse("models"), reverse("model", args=[spec.expert.uid])):
        page = client.get(address)
        assert page.status_code == 403
        assert spec.model not in page.text


def test_models_ask_the_same_however_many_there_are(client, lead):
    admission_of(model_spec(), lead)
    one = queries_of(client, "models")
    for n in range(3):
        admission_of(model_spec(), lead, key=f"k{n}")

    assert queries_of(client, "models") == one
