"""Models at work, against a real server: every answer and every failure that it can send."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from peritus.catalogue.packs import ItemContent
from peritus.engagements.models import Item
from peritus.engagements.verbs import allow_region, end_region, keep_content
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.errors import KeyUsedDifferently
from peritus.journal.models import Event
from peritus.model_experts.calling import MOST_BYTES, Endpoint
from peritus.model_experts.errors import ModelNotAsked
from peritus.model_experts.models import ModelCall
from peritus.model_experts.queries import spending_of
from peritus.model_experts.replies import Reply
from peritus.model_experts.verbs import record_call
from peritus.model_experts.working import work_off
from peritus.work.models import Assignment, Judgment, Skip, Slot
from peritus.work.verbs import lease_slot
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.endpoint import serving
from tests.factories.engagements import engagement, guideline_version, item, lot, question, wall
from tests.factories.model_experts import model_spec
from tests.factories.work import assignment, pause, slot

Outcome = ModelCall.Outcome


@pytest.fixture
def course(db):
    """An engagement with one question, "holds", and the items q0 to q2 with their texts."""
    with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
        course = engagement(manager=member("manager"), quality_lead=member("quality"))
        version = guideline_version(engagement=course, organisation=course.organisation)
        question(guideline_version=version, code="holds")
        parent = lot(engagement=course)
        for number in range(3):
            put(parent, f"q{number}", f"The clause of item {number}.")
        yield course


def put(parent, key, text):
    content = ItemContent(title=text, facts=(("Party", "Acme"),), attachments=())
    return item(lot=parent, key=key, content=keep_content(parent.organisation_id, content))


@pytest.fixture
def model():
    with serving() as model:
        yield model


@pytest.fixture
def spec(course, model):
    return model_spec(base_url=model.address)


def reserve(course, spec, *keys, **changes):
    things = course.items.filter(key__in=keys) if keys else course.items.all()
    given = {"reserved_for": spec.expert, "purpose": Slot.Purpose.SUGGESTION} | changes
    return [slot(item=each, **given) for each in things.order_by("key")]


def work(spec, *, call_seconds=5.0):
    waited, steps = [], []
    with Endpoint(spec, call_seconds=call_seconds) as endpoint:
        run = work_off(spec, endpoint, after_each=lambda: steps.append(1), wait=waited.append)
    assert len(steps) == run.submitted + run.given_back
    return run, waited


def outcomes():
    return list(ModelCall.objects.order_by("id").values_list("outcome", flat=True))


def holds(answer="yes"):
    return lambda asked: asked.answer(holds=answer)


# What is asked and taken


def test_work_off_submits_what_the_model_answers_like_any_expert(course, spec, model):
    reserve(course, spec)
    slot(item=course.items.get(key="q0"))  # open to anybody: not the model's to take
    model.then(holds("yes"), holds("no"), holds("yes"))

    run, _ = work(spec)

    assert (run.submitted, run.given_back, run.stopped) == (3, 0, "")
    given = Judgment.objects.order_by("item__key")
    assert list(given.values_list("expert", "answers", "reason", "seconds")) == [
        (spec.expert_id, {"holds": answer}, "As written.", None) for answer in ("yes", "no", "yes")
    ]
    assert Slot.objects.filter(state=Slot.State.OPEN).count() == 1


def test_work_off_asks_under_the_specification_and_the_guideline(course, spec, model):
    reserve(course, spec, "q0")
    model.then(holds())

    work(spec)

    (asked,) = model.asked
    guideline = course.guideline_versions.get()
    assert {name: asked.body[name] for name in ("model", "max_tokens", "temperature", "top_p")} == {
        "model": "reader-small", "max_tokens": 500, "temperature": 0.0, "top_p": 1.0,
    }  # fmt: skip
    system, user = asked.body["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert guideline.text in system["content"]
    assert "- holds:" in system["content"]
    assert "The clause of item 0." not in system["content"]
    assert "The clause of item 0.\nParty: Acme" in user["content"]
    schema = asked.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["answers"]["properties"] == {
        "holds": {"type": "string", "enum": ["yes", "no"]}
    }
    assert "Authorization" not in asked.headers


def test_work_off_sends_the_key_that_is_named_and_keeps_it_nowhere(course, model, settings):
    settings.MODEL_KEYS = {"PERITUS_MODEL_KEY_READER": "sk-quite-secret"}
    spec = model_spec(base_url=model.address, key_name="PERITUS_MODEL_KEY_READER")
    reserve(course, spec, "q0")
    model.then(holds())

    work(spec)

    assert model.asked[0].headers["Authorization"] == "Bearer sk-quite-secret"
    assert not any("sk-quite" in event.body for event in Event.objects.all())
    assert "sk-quite" not in json.dumps(
        [list(table.objects.values()) for table in (ModelCall, Judgment)], default=str
    )


def test_a_model_whose_key_is_missing_is_not_asked(model, db):
    spec = model_spec(base_url=model.address, key_name="PERITUS_MODEL_KEY_READER")

    with pytest.raises(ModelNotAsked, match="Set PERITUS_MODEL_KEY_READER in the environment"):
        Endpoint(spec)


def test_each_call_is_recorded_with_its_tokens_and_price(course, spec, model):
    reserve(course, spec, "q0", "q1")
    model.then(lambda asked: asked.say("no JSON", prompt_tokens=1_000), holds())

    work(spec)

    calls = ModelCall.objects.order_by("id")
    assert [(c.outcome, c.input_tokens, c.output_tokens, c.price) for c in calls] == [
        (Outcome.MALFORMED, 1_000, 40, Decimal("0.000464")),
        (Outcome.ANSWERED, 900, 40, Decimal("0.000424")),
        (Outcome.ANSWERED, 900, 40, Decimal("0.000424")),
    ]
    assert len({call.frame for call in calls}) == 1
    spent = spending_of(spec.calls.all())
    assert (spent.calls, spent.answered, spent.price) == (3, 2, Decimal("0.001312"))
    event = Event.objects.filter(kind="model.called").order_by("id").first()
    assert set(event.data) == {"currency", "expert", "frame", "outcome", "price", "tokens"}


@pytest.mark.parametrize("usage", [{"prompt_tokens": -1}, {"completion_tokens": 2**40}])
def test_tokens_that_cannot_be_are_not_reported_and_cost_is_unknown(course, spec, model, usage):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.say('{"answers":{"holds":"yes"},"reason":""}', **usage))

    work(spec)

    assert ModelCall.objects.get().price is None
    assert spending_of(spec.calls.all()).unreported == 1
    assert Judgment.objects.get().reason == "The model gave its answer without a reason."


# What does not fit

UNFIT = {
    "no JSON": "yes",
    "no object": '"yes"',
    "another answer": '{"answers":{"holds":"perhaps"},"reason":""}',
    "another question": '{"answers":{"holds":"yes","pays":"yes"},"reason":""}',
    "no answer": '{"answers":{},"reason":""}',
    "no reason": '{"answers":{"holds":"yes"}}',
    "something beside": '{"answers":{"holds":"yes"},"reason":"","tool":"delete"}',
    "a list": '{"answers":["yes"],"reason":""}',
    "an answer as list": '{"answers":{"holds":["yes"]},"reason":""}',
    "a reason as object": '{"answers":{"holds":"yes"},"reason":{}}',
    "two answers": '{"answers":{"holds":"yes","holds":"no"},"reason":""}',
    "no number": '{"answers":{"holds":NaN},"reason":""}',
    "nested deeply": "[" * 100_000,
    "text before": 'Sure! {"answers":{"holds":"yes"},"reason":""}',
}


@pytest.mark.parametrize("content", UNFIT.values(), ids=UNFIT)
def test_an_answer_that_does_not_fit_is_asked_again_and_then_given_back(
    course, spec, model, content
):
    (asked,) = reserve(course, spec, "q0")
    model.then(lambda exchange: exchange.say(content))

    run, waited = work(spec)

    assert (run.submitted, run.given_back, run.stopped) == (0, 1, "")
    assert (outcomes(), waited) == ([Outcome.MALFORMED] * 3, [])
    skip = Skip.objects.get()
    assert (skip.reason, bool(skip.note)) == (Skip.Reason.OTHER, True)
    asked.refresh_from_db()
    assert (asked.state, Judgment.objects.count()) == (Slot.State.WITHDRAWN, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"choices":[]}', b'{"choices":[{"message":null}]}', b"\xff\xfe",
     b'{"choices":[{"message":{"content":null}}]}', b'{"choices":[{"message":{"content"'],
)  # fmt: skip
def test_a_body_that_is_no_completion_is_malformed(course, spec, model, body):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.send(body))

    work(spec)

    assert outcomes() == [Outcome.MALFORMED] * 3


def test_an_answer_that_ran_over_its_tokens_is_asked_again(course, spec, model):
    reserve(course, spec, "q0")
    fits = '{"answers":{"holds":"yes"},"reason":""}'
    model.then(lambda asked: asked.say(fits, finish="length"), holds())

    work(spec)

    assert outcomes() == [Outcome.MALFORMED, Outcome.ANSWERED]


@pytest.mark.parametrize(
    "declines",
    [
        lambda asked: asked.choose({"role": "assistant", "content": None, "refusal": "No."}),
        lambda asked: asked.say("", finish="content_filter"),
    ],
)
def test_a_model_that_declines_is_not_pressed(course, spec, model, declines):
    reserve(course, spec, "q0")
    model.then(declines)

    work(spec)

    assert outcomes() == [Outcome.DECLINED]
    assert Skip.objects.get().note == "The model declined to answer."


# What fails


def test_an_endpoint_that_is_asked_too_often_is_asked_again_when_it_says(course, spec, model):
    reserve(course, spec, "q0")
    model.then(
        lambda asked: asked.send(b"{}", 429, Retry_After="7"),
        lambda asked: asked.send(b"{}", 429, Retry_After="86400"),
        lambda asked: asked.send(b"{}", 429, Retry_After="soon"),
        holds(),
    )

    run, waited = work(spec)

    assert (run.submitted, waited) == (1, [7.0, 60.0, 4.0])
    assert outcomes() == [Outcome.LIMITED] * 3 + [Outcome.ANSWERED]


def test_an_endpoint_that_stays_away_stops_the_run_and_keeps_the_slot(course, spec, model):
    slots = reserve(course, spec)
    model.then(lambda asked: asked.send(b"down", 503))

    run, waited = work(spec)

    assert (run.given_back, run.stopped) == (1, "The endpoint answered with status 503.")
    assert (outcomes(), waited) == ([Outcome.FAILED] * 5, [1.0, 2.0, 4.0, 8.0])
    assert {Slot.objects.get(pk=each.pk).state for each in slots} == {Slot.State.OPEN}

    model.then(holds())
    assert work(spec)[0].submitted == 3


def test_an_endpoint_that_is_not_there_stops_the_run(course):
    spec = model_spec(base_url="http://127.0.0.1:9/v1")
    reserve(course, spec, "q0")

    run, _ = work(spec)

    assert run.stopped == "The endpoint was not reached: ConnectError."


def test_a_slow_answer_is_not_waited_for(course, spec, model):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.drip(0.02), holds())

    run, waited = work(spec, call_seconds=0.2)

    assert (run.submitted, waited) == (1, [1.0])
    assert outcomes() == [Outcome.TIMED_OUT, Outcome.ANSWERED]


def test_headers_that_drip_are_cut_off_and_the_endpoint_is_asked_anew(course, spec, model):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.drip_headers(0.02), holds())

    run, _ = work(spec, call_seconds=0.2)

    assert (run.submitted, outcomes()) == (1, [Outcome.TIMED_OUT, Outcome.ANSWERED])
    assert ModelCall.objects.order_by("id").first().milliseconds < 2_000


def test_an_answer_cut_off_is_a_failure(course, spec, model):
    reserve(course, spec, "q0")

    def cut(asked):
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", "5000")
        asked.handler.end_headers()
        asked.handler.wfile.write(b'{"choices":[')
        asked.handler.close_connection = True

    model.then(cut, holds())

    work(spec)

    assert outcomes() == [Outcome.FAILED, Outcome.ANSWERED]


def test_a_huge_answer_is_not_read_to_its_end(course, spec, model):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.flood(200 * MOST_BYTES))

    run, _ = work(spec)

    assert (run.given_back, outcomes()) == (1, [Outcome.TOO_LARGE])


def test_a_packed_answer_is_not_unpacked(course, spec, model):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.send(b"\x1f\x8b", Content_Encoding="gzip"), holds())

    work(spec)

    assert outcomes() == [Outcome.FAILED, Outcome.ANSWERED]
    assert model.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_refused_for_its_item_is_given_back_and_the_next_is_asked(
    course, spec, model, status
):
    reserve(course, spec, "q0", "q1")
    model.then(lambda asked: asked.send(b"{}", status), holds())

    run, _ = work(spec)

    assert (run.submitted, run.given_back) == (1, 1)
    assert outcomes() == [Outcome.REFUSED, Outcome.ANSWERED]


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_an_endpoint_that_is_set_up_wrongly_ends_the_run_in_words(course, spec, model, status):
    reserve(course, spec, "q0")
    model.then(lambda asked: asked.send(b"", status, Location=f"{model.address}/elsewhere"))

    with pytest.raises(ModelNotAsked, match=f"status {status}"):
        work(spec)

    assert (len(model.asked), Judgment.objects.count()) == (1, 0)


def test_an_item_that_is_too_long_is_not_sent(course, model):
    spec = model_spec(base_url=model.address, context_tokens=1_200)
    parent = course.lots.get()
    reserve(course, spec, put(parent, "long", "word " * 2_000).key)

    work(spec)

    assert (model.asked, Skip.objects.get().reason) == ([], Skip.Reason.UNREADABLE)


# Who is let in, and what a killed run leaves


def test_nothing_is_sent_before_its_region_is_allowed(course, model):
    spec = model_spec(base_url=model.address, region="US")
    reserve(course, spec, "q0")
    model.then(holds())

    assert work(spec)[0].submitted == 0
    allow_region(course.pk, "US", basis="Annex 2", by=course.manager, key="a")
    assert work(spec)[0].submitted == 1
    assert len(model.asked) == 1


def test_a_region_that_ends_in_the_middle_of_a_run_lets_no_more_out(course, model):
    spec = model_spec(base_url=model.address, region="US")
    allow_region(course.pk, "US", basis="Annex 2", by=course.manager, key="a")
    reserve(course, spec)
    model.then(holds())

    def end():
        if Judgment.objects.count() == 1:
            end_region(course.pk, "US", by=course.manager, key="e")

    with Endpoint(spec) as endpoint:
        run = work_off(spec, endpoint, after_each=end)

    assert (run.submitted, len(model.asked)) == (1, 1)


def test_what_was_leased_and_barred_since_is_given_back_unsent(course, spec, model):
    (asked,) = reserve(course, spec, "q0")
    lease_slot(asked.pk, by=spec.expert.user, key="killed")
    paused = pause(engagement=course, expert=spec.expert)

    run, _ = work(spec)

    assert (run.given_back, model.asked) == (1, [])
    assert Skip.objects.get().note == "A pause holds back new work of this engagement."
    paused.delete()
    model.then(holds())
    assert work(spec)[0].submitted == 1


def test_a_wall_keeps_an_item_from_a_model(course, spec, model):
    reserve(course, spec, "q0", "q1")
    wall(engagement=course, expert=spec.expert, item=Item.objects.get(key="q0"))
    model.then(holds())

    assert work(spec)[0].submitted == 1
    assert Judgment.objects.get().item.key == "q1"


def test_work_off_goes_on_where_a_killed_run_stopped(course, spec, model):
    (asked, _) = reserve(course, spec, "q0", "q1")
    lease = lease_slot(asked.pk, by=spec.expert.user, key="killed")
    record_call(lease.pk, Reply(Outcome.FAILED), "0" * 64, by=spec.expert.user, key="c")
    model.then(holds())

    assert work(spec)[0].submitted == 2
    assert list(lease.model_calls.order_by("number").values_list("number", "outcome")) == [
        (1, Outcome.FAILED), (2, Outcome.ANSWERED),
    ]  # fmt: skip


# record_call


def test_record_call_records_once_when_repeated(course, spec):
    (asked,) = reserve(course, spec, "q0")
    held = lease_slot(asked.pk, by=spec.expert.user, key="l")
    reply = Reply(Outcome.ANSWERED, input_tokens=10, output_tokens=1)

    one, two = (record_call(held.pk, reply, "f" * 64, by=spec.expert.user, key="k") for _ in "ab")

    assert one == two
    with pytest.raises(KeyUsedDifferently):
        record_call(held.pk, reply, "e" * 64, by=spec.expert.user, key="k")


def test_record_call_finds_no_lease_of_another(course, spec):
    held = assignment(slot=slot(item=course.items.get(key="q0")), expert=expert())

    with pytest.raises(Assignment.DoesNotExist):
        record_call(held.pk, Reply(Outcome.FAILED), "f" * 64, by=spec.expert.user, key="k")
