"""Strings that break forms are words on our pages, never markup, and no formula in a table."""

import csv
import json
from collections import Counter
from html.parser import HTMLParser
from io import StringIO
from itertools import count
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import CharField, JSONField, SlugField, TextField
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.catalogue.packs import Attachment, ItemContent
from peritus.engagements.models import GuidelineVersion, Item, Question
from peritus.engagements.verbs import keep_content
from peritus.web.roles import ANYONE, ROLES
from peritus.web.tables import csv_file
from tests.factories import accounts, bench, engagements, notices, quality, work
from tests.unit.web.test_isolation import NO_PATH, addresses, engagement_of, routes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OWN_PAYLOADS = (
    '"><xqx onxqx=alert(1)>',
    "'><img src=x onerror=alert(1) xqx>",
    "</title></textarea></script></style></svg><script xqx>alert(1)</script>",
    "--><svg/onload=alert(1) xqx>",
    '" onfocus=alert(1) autofocus xqx="',
    "<iframe srcdoc='<script xqx>'></iframe>",
    "&#60;script xqx&#62;alert(1)&#60;/script&#62;<xqx>",
    "[x](javascript:alert(1)) ![x](http://xqx.test/x.png) <http://xqx.test> <xqx>",
    "| <xqx> | <img src=x onerror=alert(1)> |\n| --- | --- |\n| <xqx> | `<xqx>` |",
    "{% load xqx %}{{ request.user.password }}<xqx>",
    "]]><xqx><!DOCTYPE x>",
)
OURS = ("/", "#", "?", "http://testserver/")
FORM = "application/x-www-form-urlencoded"
LOADING = (
    "script", "img", "iframe", "object", "embed", "link", "meta", "base", "style", "form", "svg",
    "video", "audio", "textarea", "title", "template", "math",
)  # fmt: skip
NOT_TEXT = {"password", "media_type", "link", "body", "arguments", "key", "email", "pack"}


class Markup(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements = Counter()
        self.attributes = Counter()
        self.targets = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements[tag] += 1
        for name, value in attrs:
            self.attributes[tag, name] += 1
            if name in {"href", "src", "action", "formaction", "srcdoc", "data", "xlink:href"}:
                self.targets.add(value or "")


@pytest.fixture
def strings(shared_data):
    path = shared_data / "oracles" / "blns" / "blns.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return [each.replace("\x00", "") for each in found if 0 < len(each) <= 200]


def free_texts(model):
    """Return the fields in which people may write what they like."""
    for field in model._meta.concrete_fields:
        text = isinstance(field, CharField | TextField) and not isinstance(field, SlugField)
        long = field.max_length is None or field.max_length >= 200
        if text and long and not field.choices and field.name not in NOT_TEXT:
            yield field


def guideline(one):
    """Return a guideline with a text in every kind of block."""
    blocks = ("# ", "## ", "", "- ", "1. ", "> ", "    ", "| a |\n| --- |\n| ", "```", "~~~\n")
    return "\n\n".join(f"{block}{one()}" for block in blocks)


def poison(payloads, start):
    """Write a payload into every text of every row, each as often as another."""
    at = count(start)

    def one(most=None):
        n = next(at)
        return f"{payloads[n % len(payloads)]} {n}"[:most]

    models = [each for each in apps.get_models() if each.__module__.startswith("peritus")]
    for model in models:
        names = [(field.name, field.max_length) for field in free_texts(model)]
        lists = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, JSONField) and field.name in {"honesty", "affiliates", "names"}
        ]
        for row in model.objects.all():
            texts = {name: one(most) for name, most in names if getattr(row, name)}
            texts |= {name: [one(), one()] for name in lists}
            if texts:
                model.objects.filter(pk=row.pk).update(**texts)
    for row in Item.objects.all():
        content = ItemContent(one(), ((one(), one()),), (Attachment(one(), one()),))
        kept = keep_content(row.organisation_id, content)
        fields = {name: one() for name in row.fields}
        Item.objects.filter(pk=row.pk).update(content=kept, fields=fields)
    for row in Question.objects.all():
        options = [[code, one()] for code, _ in row.options]
        Question.objects.filter(pk=row.pk).update(options=options, section=one(200))
    for row in GuidelineVersion.objects.all():
        GuidelineVersion.objects.filter(pk=row.pk).update(text=guideline(one))


@pytest.fixture
def whole():
    """Everything of an engagement, and what else people write."""
    scene = engagement_of("Project Plover")
    GuidelineVersion.objects.update(text=guideline(lambda: "*Words*, **more**, `code`."))
    judgment = scene.item.judgments.first()
    quality.gold(item=scene.item)
    quality.appeal(judgment=judgment, gold=quality.gold(item=scene.red.items.first()))
    quality.drift_alarm(engagement=scene.engagement, expert=scene.judge)
    engagements.wall(engagement=scene.engagement, expert=scene.judge)
    bench.credential(expert=scene.judge)
    work.pause(engagement=scene.engagement, expert=scene.judge)
    for person in scene.people.values():
        notices.notice(engagement=scene.engagement, user=person)
    scene.people["expert"] = scene.judge.user
    return scene


def pages(client, scene):
    """Return of every route that a role can open two pages, by role and address."""
    for role, person in scene.people.items():
        client.force_login(person)
        opened = Counter()
        plain = [(name, reverse(name)) for name, kinds in routes().items()
                 if not kinds and name not in NO_PATH]  # fmt: skip
        for name, address in [*plain, *((name, to) for name, _, to in addresses(scene, role))]:
            if opened[name] < 2 and ROLES[name] & {role, *ANYONE} and not name.startswith("api_"):
                page = client.get(address)
                if is_page(page):
                    opened[name] += 1
                    yield role, address, page


def is_page(answer):
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


def test_no_string_becomes_markup_on_any_page(client, whole, strings, figure):
    before = {(role, address): Markup(page.text) for role, address, page in pages(client, whole)}
    known = {tag for each in before.values() for tag in each.elements}
    payloads = [*OWN_PAYLOADS, *(each for each in strings if "<" in each)]
    poison(payloads, start=0)

    shown = 0
    for role in whole.people:
        client.force_login(whole.people[role])
        for address in [address for who, address in before if who == role]:
            page = client.get(address)
            found = Markup(page.text)
            where = f"{role} at {address}"
            assert page.status_code == 200, where
            assert set(found.elements) <= known, where
            assert {tag: found.elements[tag] for tag in LOADING} == {
                tag: before[role, address].elements[tag] for tag in LOADING
            }, where
            assert [name for _, name in found.attributes if name.startswith(("on", "xqx"))] == []
            assert [to for to in found.targets if not to.startswith(OURS)] == [], where
            assert [each for each in payloads if "<" in each and each in page.text] == [], where
            shown += "xqx" in page.text

    assert shown > 40
    figure(
        f"hostile strings: {len(payloads)} in every text, {len(before)} pages, {shown} show some"
    )


def test_no_string_becomes_a_formula_in_a_table(strings):
    text = csv_file("x.csv", [[each] for each in strings]).text

    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert len(cells) == len(strings)
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))] == []


def test_a_form_that_is_too_large_is_refused_unread(client):
    client.force_login(accounts.member(Role.EXPERT))
    large = "a" * 10_000_001

    form = client.post(reverse("theme"), f"theme={large}", content_type=FORM)
    call = client.post(
        reverse("api_judgment", args=[uuid4()]), f'"{large}"', content_type="application/json"
    )

    said = "Up to 10,000,000 bytes are read; 10,000,00"
    assert (form.status_code, call.status_code) == (413, 413)
    assert said in form.text
    assert call.json()["error"].startswith(said)
