"""Take the onboarding quiz at the command line: the same slots, verbs and result."""

from __future__ import annotations

from uuid import uuid4

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.journal.clock import now
from peritus.journal.errors import PeritusError
from peritus.journal.pump import pump
from peritus.quality.attempts import spec_of
from peritus.quality.verbs import open_qualification
from peritus.web.desk import Desk, desk_of, leases_of
from peritus.web.own_work import GradedQuestion, TestCard, graded_questions, test_cards
from peritus.work.errors import NothingToDo
from peritus.work.verbs import lease_next_slot, submit_judgment


def take_quiz(email: str, *, name: str = "") -> bool:
    """Ask a person every question of a test, grade it, and say whether they passed.

    Stopping in the middle loses nothing: the next run goes on.
    """
    console, expert = Console(), _expert(email)
    card = _card(expert, name)
    if card.state not in {"passed", "grading"}:
        if card.state in {"take", "failed"}:
            read = _read(console, card)
            open_qualification(card.lot.pk, expert.pk, read=read, by=expert.user, key=uuid4().hex)
        console.print(card.terms, markup=False, highlight=False)
        _ask_all(console, expert, card)
    pump(until_idle=True)  # grading is a reaction; here nobody else may be running it
    return _print_result(console, expert, _card(expert, card.name))


def _expert(email: str) -> Expert:
    try:
        user = User.objects.get_by_natural_key(email)
        return Expert.objects.select_related("user").get(user=user)
    except (User.DoesNotExist, Expert.DoesNotExist) as missing:
        raise click.ClickException(
            f"Nobody on the bench signs in as {email!r}; `peritus demo` prints who does."
        ) from missing


def _card(expert: Expert, name: str) -> TestCard:
    cards = [card for card in test_cards(expert, now()) if name in {"", card.name}]
    if not cards:
        raise click.ClickException("There is no test here yet; `peritus demo` opens the quiz.")
    return cards[0]


def _read(console: Console, card: TestCard) -> str:
    """Show the training text, and return its digest where it is confirmed as read."""
    if not card.to_confirm:
        return ""
    text = spec_of(card.lot).training
    console.print(text, markup=False, highlight=False)
    return card.to_confirm if click.confirm("Have you read this text?") else ""


def _ask_all(console: Console, expert: Expert, card: TestCard) -> None:
    while True:
        try:
            lease = lease_next_slot(lot_id=card.lot.pk, by=expert.user, key=uuid4().hex)
        except NothingToDo:
            return
        desk = desk_of(leases_of(expert.user).get(pk=lease.pk), now())
        _answer(console, expert, desk)


def _answer(console: Console, expert: Expert, desk: Desk) -> None:
    question = desk.questions[0]
    done = desk.progress.done + 1
    console.print(f"\n[bold]{done} of {desk.progress.total}[/]  ", end="")
    console.print(desk.content.title, style="bold", markup=False)
    for place, option in enumerate(question.options, start=1):
        console.print(f"  {place}  {option.text or option.label}", markup=False, highlight=False)
    place = click.prompt("Your answer", type=click.IntRange(1, len(question.options)))
    submit_judgment(
        desk.assignment.pk,
        desk.assignment.fence,
        {question.code: question.options[place - 1].code},
        by=expert.user,
        key=desk.key,
    )


def _print_result(console: Console, expert: Expert, card: TestCard) -> bool:
    if card.result is None or card.state not in {"passed", "failed"}:
        raise click.ClickException("The test is not graded yet; run this again in a moment.")
    passed = card.state == "passed"
    word = "Passed" if passed else "Not passed"
    console.print(
        Panel(
            f"{card.result.right} of {card.result.asked} right. {word}.\n{card.shown}\n{card.mark}",
            title=card.name,
            style="green" if passed else "red",
        )
    )
    console.print(_explained(graded_questions(card, expert)))
    return passed


def _explained(graded: list[GradedQuestion]) -> Table:
    table = Table(show_lines=True)
    for heading in ("question", "your answer", "right answer", "why"):
        table.add_column(heading, overflow="fold")
    for each in graded:
        right = "the same" if each.was_right else each.right
        table.add_row(each.title, each.own or "not answered in time", right, each.explanation)
    return table


def run_quiz(email: str) -> None:
    """Run the quiz as a command: exit 0 when passed, 1 when not, 2 when refused."""
    try:
        passed = take_quiz(email)
    except PeritusError as refused:
        click.echo(str(refused), err=True)
        raise SystemExit(2) from refused
    raise SystemExit(0 if passed else 1)
