"""Setting up a second factor and signing in with it, by keys alone."""

import re
from base64 import b32decode

import pytest
from django.contrib.auth.hashers import make_password

from peritus.accounts.models import Role
from peritus.journal.clock import now
from peritus.sign_in.codes import STEP_SECONDS, code_at
from peritus.sign_in.models import SecondFactor
from peritus.sign_in.sealing import unsealed
from tests.factories import accounts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"


@pytest.fixture
def ada():
    return accounts.member(Role.FINANCE, password=make_password(PASSWORD), name="Ada Quill")


def next_code(secret):
    """Return the code of a step that is not spent yet; the clocks may differ by one."""
    last = SecondFactor.objects.values_list("last_step", flat=True).first() or 0
    return code_at(secret, max(last + 1, int(now().timestamp()) // STEP_SECONDS))


def typed(page, label, text):
    """Reach a field by its name, type, and press Enter."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def signed_out(visit):
    made = visit(accounts.user())
    made.page.context.clear_cookies()
    return made


def test_a_second_factor_is_set_up_and_asked_for(visit, ada, axe_breaches):
    made = visit(ada)
    page = made.open("/security/")
    found = {"off": axe_breaches(page)}
    page.get_by_role("link", name="Set up a second factor").press("Enter")
    page.get_by_text("Or type the key").press("Enter")
    found["set up"] = axe_breaches(page)
    key = page.locator(".hash").inner_text().replace(" ", "")

    secret = b32decode(key)
    typed(page, "Code", next_code(secret))
    codes = re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", page.inner_text("main"))
    found["codes"] = axe_breaches(page)
    found["on"] = axe_breaches(made.open("/security/"))

    found["tokens"] = axe_breaches(made.open("/security/tokens/"))
    found["password"] = axe_breaches(made.open("/security/password/"))

    other = signed_out(visit)
    page = other.open("/sign-in/")
    page.get_by_label("E-mail").fill(ada.email)
    typed(page, "Password", PASSWORD)
    found["second step"] = axe_breaches(page)
    typed(page, "Code", next_code(secret))
    first = page.url

    third = signed_out(visit)
    page = third.open("/sign-in/")
    page.get_by_label("E-mail").fill(ada.email)
    typed(page, "Password", PASSWORD)
    typed(page, "Code", codes[3])

    assert unsealed(ada.second_factor.sealed) == secret
    assert first.endswith("/close/")
    assert page.url.endswith("/close/")
    assert len(codes) == 10
    assert {step: breaches for step, breaches in found.items() if breaches} == {}
