"""What the commands of ``peritus models`` do."""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rich.console import Console
from rich.table import Table

from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.verbs import allow_region, end_region
from peritus.journal.clock import now
from peritus.journal.errors import PeritusError
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.queries import models_seen_by, spending_of, waits
from peritus.model_experts.terms import EndpointTerms
from peritus.model_experts.verbs import (
    admit_model,
    fit_model,
    open_suggestions,
    register_model,
)
from peritus.model_experts.working import Run, work_off
from peritus.quality.verbs import open_qualification
from peritus.web.own_work import test_cards
from peritus.work.models import Slot

WATCH_SECONDS = 10
FIELDS = {each.name: each for each in fields(EndpointTerms)}
NUMBERS = ("price_input", "price_output", "temperature", "top_p")


@contextmanager
def refusals_said() -> Iterator[None]:
    """Turn what refuses an act into what the command says."""
    try:
        yield
    except PeritusError as refused:
        raise click.ClickException(str(refused)) from None


def engagement_of(code: str) -> Engagement:
    """Return the engagement of that code."""
    if found := engagements_seen_by(engine()).filter(code=code).first():
        return found
    raise click.ClickException(f"There is no engagement {code!r}.")


def register_from(file: Path) -> None:
    """Register the model that a file describes, and say as which version."""
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise click.ClickException(f"{file} is no TOML: {fault}") from None
    family, name = (str(said.pop(each, "")) for each in ("family", "name"))
    with refusals_said():
        spec = register_model(family, name=name, terms=_terms(said), by=engine(), key=uuid4().hex)
    click.echo(f"{spec.expert.handle}: {spec.model} {spec.version}, on trial.")
    click.echo(f"  instruction  SHA-256 {spec.instruction_digest}")


def _terms(said: dict[str, Any]) -> EndpointTerms:
    if unknown := sorted(set(said) - set(FIELDS)):
        raise click.ClickException(f"A model has no {', '.join(unknown)}; see docs/howto.")
    numbers = {name: Decimal(str(said[name])) for name in NUMBERS if name in said}
    for name, value in said.items():
        whole = name in {"context_tokens", "max_tokens", "seed"}
        if not isinstance(value, int if whole else (Decimal, int) if name in NUMBERS else str):
            raise click.ClickException(f"{name} is no {'number' if whole else 'such value'}.")
    try:
        return EndpointTerms(**{**said, **numbers})
    except TypeError as missing:
        raise click.ClickException(str(missing).removeprefix("EndpointTerms.__init__() ")) from None


def print_models() -> None:
    """Print every registered model."""
    table = Table("Model", "Asked as", "Reads in", "Per million tokens")
    for spec in models_seen_by(engine()):
        table.add_row(
            spec.expert.handle,
            f"{spec.model} {spec.version}",
            spec.expert.data_region or "here",
            spec.prices,
        )
    Console().print(table)


def allow_in(code: str, region: str, basis: str) -> None:
    """Let an engagement's items go to a region."""
    with refusals_said():
        allow_region(engagement_of(code).pk, region, basis=basis, by=engine(), key=uuid4().hex)
    click.echo(f"Items of {code} may go to {region}.")


def end_in(code: str, region: str) -> None:
    """Let an engagement's items go to a region no more."""
    with refusals_said():
        end_region(engagement_of(code).pk, region, by=engine(), key=uuid4().hex)
    click.echo(f"Items of {code} go to {region} no more.")


def let_answer(handles: tuple[str, ...], *, watch: bool) -> None:
    """Let models answer what is reserved for them, and say what that came to."""
    known = {spec.expert.handle: spec for spec in models_seen_by(engine())}
    if unknown := [handle for handle in handles if handle not in known]:
        raise click.ClickException(f"No model is called {', '.join(unknown)}.")
    while True:
        for handle in handles or known:
            _work(known[handle])
        if not watch:
            return
        time.sleep(WATCH_SECONDS)


def _work(spec: ModelSpec) -> None:
    before = spending_of(spec.calls.all())
    with refusals_said():
        run = _run(spec)
    if not (run.submitted or run.given_back):
        return
    after = spending_of(spec.calls.all())
    click.echo(
        f"{spec.expert.handle}: {run.submitted} answered, {run.given_back} given back, "
        f"{after.calls - before.calls} calls, "
        f"{after.price - before.price:.6f} {spec.currency}. {run.stopped}".rstrip()
    )


def _run(spec: ModelSpec) -> Run:
    try:  # an extra: not everybody asks models
        from peritus.model_experts.calling import Endpoint
        from peritus.model_experts.fitting import FittedModel
    except ImportError:
        raise click.ClickException("Asking a model needs the extra: peritus[models].") from None
    if not waits(spec.expert, now()):
        return Run()  # a model is fitted, or connected to, only where something waits
    model = FittedModel(spec) if spec.kind == ModelSpec.Kind.LOCAL else Endpoint(spec)
    with model as asked:
        return work_off(spec, asked, after_each=lambda: None)


def _expert(handle: str) -> Expert:
    if found := Expert.objects.filter(handle=handle).first():
        return found
    raise click.ClickException(f"Nobody on the bench is called {handle}.")


def ask_suggestions(code: str, lot_code: str, handle: str, most: int) -> None:
    """Open slots of suggestions for a model on trial."""
    lot = engagement_of(code).lots.filter(code=lot_code).first()
    if lot is None:
        raise click.ClickException(f"There is no lot {lot_code!r} in {code}.")
    expert = _expert(handle)
    with refusals_said():
        open_suggestions(lot.pk, expert.pk, most=most, by=engine(), key=uuid4().hex)
    waiting = lot.slots.filter(reserved_for=expert, state=Slot.State.OPEN).count()
    click.echo(f"{waiting} items of {lot} wait for {handle}: peritus models answer {handle}")


def print_admission(handle: str, pack: str, expert_cost: str) -> None:
    """Test a model beside the experts of a pack, and print the test judge by judge."""
    try:
        cost = Decimal(expert_cost)
    except InvalidOperation:
        raise click.ClickException(f"{expert_cost!r} is no amount.") from None
    with refusals_said():
        found = admit_model(
            _expert(handle).pk, pack, expert_cost=cost, by=engine(), key=uuid4().hex
        )
    table = Table("Question", "Expert", "Items", "At least as close", "p", "")
    for each in found.results:
        for judge in each["judges"]:
            table.add_row(
                each["question"], judge["expert"][:8], str(judge["items"]),
                f"{judge['advantage']:.2f}", f"{judge['p']:.4f}", "beaten" if judge["won"] else "",
            )  # fmt: skip
    Console().print(table)
    rates = ", ".join(f"{e['question']} {e['winning_rate']:.2f}" for e in found.results)
    click.echo(f"Winning rate {rates} of {found.judges} experts; 0.50 is wanted.")
    click.echo(f"Allowance {found.epsilon:.3f} for its price.")
    click.echo(f"{handle} {'is admitted' if found.passed else 'may only suggest'} for {pack}.")
    if not found.passed:
        sys.exit(1)


def fit_on(family: str, code: str, name: str, percent: int) -> None:
    """Register a model that is fitted on what people judged in an engagement's pack."""
    try:
        from peritus.model_experts.fitting import VERSION  # an extra: not everybody fits models
    except ImportError:
        raise click.ClickException("Fitting a model needs the extra: peritus[models].") from None
    course = engagement_of(code)
    with refusals_said():
        spec = fit_model(
            family, course.pk, name=name or family, version=VERSION, percent=percent,
            by=engine(), key=uuid4().hex,
        )  # fmt: skip
    click.echo(f"{spec.expert.handle}: {spec.model}, {spec.version}, on trial.")
    click.echo(f"  fitted on  SHA-256 {spec.training}, for {course.organisation} alone")


def open_test(handle: str) -> None:
    """Open to a model each test that it has not passed, as a person would start it."""
    expert = _expert(handle)
    cards = [card for card in test_cards(expert, now()) if card.state in {"take", "failed"}]
    if not cards:
        raise click.ClickException(f"No test is open to {handle}: none is there, or it has them.")
    for card in cards:
        with refusals_said():
            open_qualification(card.lot.pk, expert.pk, by=expert.user, key=uuid4().hex)
        click.echo(f"{card.name} waits for {handle}: peritus models answer {handle}")
