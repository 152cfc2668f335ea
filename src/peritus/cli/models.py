"""AI models at the command line: register, list, say where items may go."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def models() -> None:
    """Work with AI models as experts: each answers only what it was let answer."""
    from peritus.cli.main import _act_for_provider  # it adds this group to itself

    _act_for_provider()


@models.command("register")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def register(*, file: Path) -> None:
    """Register the model that a TOML FILE describes; a changed one is its next version."""
    from peritus.cli.model_acts import register_from  # needs loaded apps

    register_from(file)


@models.command("list")
def list_all() -> None:
    """List every model with its version, where it reads, and what it costs."""
    from peritus.cli.model_acts import print_models  # needs loaded apps

    print_models()


@models.command("allow")
@click.argument("engagement")
@click.argument("region")
@click.option("--basis", required=True, help="The law or contract that allows it.")
def allow(*, engagement: str, region: str, basis: str) -> None:
    """Let the items of an ENGAGEMENT be sent to models in a REGION, such as EU."""
    from peritus.cli.model_acts import allow_in  # needs loaded apps

    allow_in(engagement, region, basis)


@models.command("end")
@click.argument("engagement")
@click.argument("region")
def end(*, engagement: str, region: str) -> None:
    """Send no item of an ENGAGEMENT to a REGION any more, from this second on."""
    from peritus.cli.model_acts import end_in  # needs loaded apps

    end_in(engagement, region)


@models.command("answer")
@click.argument("handles", nargs=-1)
@click.option("--watch", is_flag=True, help="Go on until stopped, looking every ten seconds.")
def answer(*, handles: tuple[str, ...], watch: bool) -> None:
    """Let models (all, or those of HANDLES) answer what is reserved for them."""
    from peritus.cli.model_acts import let_answer  # needs loaded apps

    let_answer(handles, watch=watch)


@models.command("suggest")
@click.argument("engagement")
@click.argument("lot")
@click.argument("handle")
@click.option("--most", default=100, show_default=True, help="On how many items at most.")
def suggest(*, engagement: str, lot: str, handle: str, most: int) -> None:
    """Ask the model HANDLE, which is on trial, to suggest on items of a LOT."""
    from peritus.cli.model_acts import ask_suggestions  # needs loaded apps

    ask_suggestions(engagement, lot, handle, most)


@models.command("admit")
@click.argument("handle")
@click.argument("pack")
@click.option("--expert-cost", required=True, help="Of one judgment, in the model's currency.")
def admit(*, handle: str, pack: str, expert_cost: str) -> None:
    """Test whether the model HANDLE may answer for the experts of a PACK; exit 1 if not."""
    from peritus.cli.model_acts import print_admission  # needs loaded apps

    print_admission(handle, pack, expert_cost)


@models.command("fit")
@click.argument("family")
@click.argument("engagement")
@click.option("--name", default="", help="What it is called.")
@click.option("--percent", default=50, show_default=True, help="Share of the items to fit on.")
def fit(*, family: str, engagement: str, name: str, percent: int) -> None:
    """Fit a model here on what people judged in the pack of an ENGAGEMENT, for its client."""
    from peritus.cli.model_acts import fit_on  # needs loaded apps

    fit_on(family, engagement, name, percent)


@models.command("test")
@click.argument("handle")
def test(*, handle: str) -> None:
    """Open the test that people take to the model HANDLE; it is graded once it answered."""
    from peritus.cli.model_acts import open_test  # needs loaded apps

    open_test(handle)
