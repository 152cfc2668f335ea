"""The table of rules: whole, deny by default, and the same as another engine's for everybody."""

import ast
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import walk_packages

import cedarpy
import pytest

import peritus
from peritus.accounts.models import Organisation, Role, User
from peritus.accounts.queries import engine
from peritus.accounts.rules import Rule, rule, rules
from peritus.journal.errors import NotAllowed
from tests.factories import accounts, bench, quality, work
from tests.factories.engagements import engagement, item, lot, roster_entry

WRITTEN = Path(__file__).with_name("rules.cedar").read_text(encoding="utf-8")
POLICIES = cedarpy.PolicySet.from_str(WRITTEN)
# What an act is about, where it is not an engagement.
ABOUT = {
    "the provider": {
        "set_up", "replay", "keep_keys", "open_engagement", "read_bench", "register_expert",
        "keep_skills", "note_ending", "keep_fields", "read_pay", "post", "deliver_invoice",
        "notify", "derive", "pause_for_review", "erase",
    },
    "an organisation": {"screen", "hold"},
    "an expert": {
        "claim", "profile", "agree_pay", "verify", "record_result", "ask_test", "grant_attempts",
    },
    "an inquiry": {"answer_inquiry"},
    "a person": {"choose_password", "secure", "reset_factor", "revoke_token"},
    "an appeal": {"decide_appeal"},
    "an entry of a roster": {"join_roster", "approve_expert"},
}  # fmt: skip
# Verbs that no rule of the table guards: experts' own work, held by their lease or seat, and
# each person's own inbox. What they change is found through the person first.
BY_LEASE = {
    "extend_lease", "lease_next_slot", "lease_slot", "make_appeal", "mark_read", "record_call",
    "skip_slot", "submit_judgment", "take_back_judgment",
}  # fmt: skip


@pytest.fixture
def course():
    return engagement(
        manager=accounts.member(Role.MANAGER), quality_lead=accounts.member(Role.QUALITY)
    )


@pytest.fixture
def people(course):
    """One of each who could be something to an engagement, and whoever only looks alike."""
    leading_expert = accounts.member(Role.QUALITY)
    bench.expert(user=leading_expert, handle="leading")
    return {
        "the engine": engine(),
        "its manager": course.manager,
        "its lead": course.quality_lead,
        "its client": accounts.member(Role.CLIENT, organisation=course.organisation),
        "another client": accounts.member(Role.CLIENT, organisation=accounts.organisation()),
        "manager at its client": accounts.member(Role.MANAGER, organisation=course.organisation),
        "finance at its client": accounts.member(Role.FINANCE, organisation=course.organisation),
        "another manager": accounts.member(Role.MANAGER),
        "another lead": accounts.member(Role.QUALITY),
        "finance": accounts.member(Role.FINANCE),
        "an expert": bench.expert(user=accounts.member(Role.EXPERT), handle="judge").user,
        "a lead on the bench": leading_expert,
        "nobody": accounts.user(),
    }


def things(course, people):
    """Return what acts are about, of each kind, by name."""
    own = {"organisation": course.organisation, "engagement": course}
    judge = people["an expert"].expert
    course.supervisor = judge
    leading = people["a lead on the bench"].expert
    return {
        "the provider": [None],
        "an organisation": [course.organisation],
        "an engagement": [course, engagement()],
        "an expert": [judge, leading],
        "a person": [people["its manager"], people["an expert"]],
        "an inquiry": [
            work.inquiry(**own, owner=people[name]) for name in ("its manager", "its client")
        ],
        "an appeal": list(appeals(course, people)),
        "an entry of a roster": [roster_entry(engagement=course, expert=judge)],
    }


def appeals(course, people):
    """Return appeals whose parties differ: against gold of the manager or lead, or against none."""
    judge = people["an expert"].expert
    lead = bench.expert(user=people["its lead"], handle="lead")
    for appellant, setter in (
        (judge, "its manager"), (judge, "its lead"), (lead, "its manager"), (judge, None)
    ):  # fmt: skip
        given = work.judgment(item=item(lot=lot(engagement=course)), expert=appellant)
        found = quality.appeal(judgment=given)
        found.gold.set_by = people[setter or "its manager"]
        found.gold = found.gold if setter else None
        yield found


def kind_of(code):
    return next((kind for kind, codes in ABOUT.items() if code in codes), "an engagement")


def entity(kind, name):
    return {"__entity": {"type": kind, "id": name}}


def _user_of(expert):
    return expert and expert.user_id


def _expert_of(about):
    return about.expert.user_id if hasattr(about, "firm") else None


class Cedar:
    """Another engine over the same people and things."""

    def __init__(self, people):
        self.names = {person.pk: name for name, person in people.items()}
        self.users = [self._user(name, person) for name, person in people.items()]

    def _user(self, name, person):
        groups = [
            f"provider's {plural[each.role]}"
            if each.organisation.kind == "provider"
            else f"{each.role} of {each.organisation_id}"
            for each in person.memberships.select_related("organisation")
        ]
        return {
            "uid": {"type": "User", "id": "engine" if name == "the engine" else name},
            "attrs": {},
            "parents": [{"type": "Group", "id": group} for group in groups],
        }

    def _person(self, pk):
        return entity("User", self.names.get(pk, f"a stranger {pk}"))

    def _thing(self, about):
        parent = getattr(about, "engagement", about)
        appeal = about if hasattr(about, "judgment") else None
        related = {
            "manager": getattr(parent, "manager_id", None),
            "lead": getattr(parent, "quality_lead_id", None),
            "expert": about.user_id if hasattr(about, "handle") else _expert_of(about),
            "owner": getattr(about, "owner_id", None),
            "supervisor": _user_of(getattr(parent, "supervisor", None)),
            "setter": appeal.gold.set_by_id if appeal and appeal.gold else None,
            "appellant": appeal.judgment.expert.user_id if appeal else None,
            "self": about.pk if isinstance(about, User) else None,
        }
        attrs = {name: self._person(pk) for name, pk in related.items() if pk}
        owner = (
            about.pk if isinstance(about, Organisation) else getattr(parent, "organisation_id", 0)
        )
        if owner:
            attrs["clients"] = entity("Group", f"client of {owner}")
        return {"uid": {"type": "Thing", "id": "it"}, "attrs": attrs, "parents": []}

    def allows(self, name, code, about):
        user = "engine" if name == "the engine" else name
        asked = {
            "principal": f'User::"{user}"', "action": f'Action::"{code}"',
            "resource": 'Thing::"it"', "context": {},
        }  # fmt: skip
        found = cedarpy.is_authorized(asked, POLICIES, [*self.users, self._thing(about)])
        assert not found.diagnostics.errors
        return found.allowed


plural = {
    Role.MANAGER: "managers", Role.QUALITY: "quality leads", Role.FINANCE: "finance",
    Role.EXPERT: "experts", Role.CLIENT: "clients",
}  # fmt: skip


@pytest.mark.django_db
def test_another_engine_agrees_on_every_role_act_and_relation(course, people, figure):
    known, cedar = things(course, people), Cedar(people)
    apart, allowed, asked = [], set(), 0

    for code, each in rules().items():
        for about, name in product(known[kind_of(code)], people):
            asked += 1
            ours, theirs = each.allows(people[name], about), cedar.allows(name, code, about)
            if ours:
                allowed.add(code)
            if ours != theirs:
                apart.append((code, name, str(about), ours))

    assert apart == []
    assert allowed == set(rules())  # each act can be done by somebody here, so each could be denied
    figure(f"rules: {asked} questions of {len(rules())} acts and {len(people)} people, none apart")


def test_the_other_engines_acts_are_those_of_the_table():
    assert {part.split('"')[1] for part in WRITTEN.split("Action::")[1:]} == set(rules())


@pytest.mark.django_db
def test_a_rule_without_relations_lets_nobody_in(people):
    closed = Rule("closed", "Do what nobody may", (), refusal="Nobody does this.")

    assert not any(closed.allows(person) for person in people.values())
    with pytest.raises(NotAllowed, match=r"Nobody does this\."):
        closed.require(people["the engine"])


def test_two_rules_of_one_code_are_refused():
    with pytest.raises(ValueError, match="two rules are called set_up"):
        rule("set_up", "Something else", refusal="No.")

    assert rules()["set_up"].act == "Register organisations and people"


def verbs():
    """Return each verb with the functions of its module, from the source of all rooms."""
    found = {}
    for module in walk_packages(peritus.__path__, "peritus."):
        if ".verbs" not in module.name:
            continue
        path = Path(import_module(module.name).__file__)
        functions = {
            each.name: each
            for each in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(each, ast.FunctionDef)
        }
        for name, each in functions.items():
            if any(isinstance(by, ast.Name) and by.id == "verb" for by in each.decorator_list):
                found[name] = (each, functions)
    return found


def asks(function, functions):
    """Say whether a function asks a rule, itself or through one of its module that it calls."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "require":
                return True
            called = functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if called and called is not function and asks(called, functions):
                return True
    return False


def test_every_verb_asks_the_table_but_those_that_a_lease_holds():
    unasked = {name for name, (each, functions) in verbs().items() if not asks(each, functions)}

    assert unasked == BY_LEASE
    assert len(verbs()) > 80
