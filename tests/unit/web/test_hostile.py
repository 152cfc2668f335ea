"""Strings that break forms are words on our pages, never markup, and no formula in a table."""

import csv
import json
from io import StringIO

import pytest
from django.urls import reverse

from peritus.web.tables import csv_file
from tests.factories.engagements import item

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def strings(shared_data):
    path = shared_data / "oracles" / "blns" / "blns.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return [each.replace("\x00", "") for each in found if 0 < len(each) <= 200]


def test_no_string_becomes_markup_on_a_page(client, scene, strings):
    client.force_login(scene.people["manager"])
    dangerous = [each for each in strings if "<" in each]

    for each in dangerous:
        thing = item(lot=scene.lot, title=each)
        page = client.get(reverse("search"), {"q": each})
        shown = client.get(reverse("decision", args=[thing.uid]))
        for text in (page.text, shown.text):
            assert each not in text

    assert len(dangerous) > 50


def test_no_string_becomes_a_formula_in_a_table(strings):
    text = csv_file("x.csv", [[each] for each in strings]).text

    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert len(cells) == len(strings)
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))] == []
