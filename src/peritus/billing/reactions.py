"""What billing does when work was done: it keeps the ledger."""

from __future__ import annotations

from peritus.accounts.queries import engine
from peritus.billing.queries.ledger import is_paid
from peritus.billing.verbs import post_cost, reverse_cost
from peritus.journal.models import Event
from peritus.journal.pump import subscribe
from peritus.work.models import Judgment, TakenBack


# One subscription for both kinds: causes come first, so a cost is posted
# before it is reversed.
@subscribe("billing.keep_ledger", to=("judgment.submitted", "judgment.taken_back"))
def keep_ledger(event: Event) -> None:
    """Post what a judgment costs, or reverse it when it was taken back."""
    key = f"billing.keep_ledger:{event.pk}"
    if event.kind == "judgment.taken_back":
        taken = TakenBack.objects.select_related("judgment").get(uid=event.about_uid)
        if is_paid(taken.judgment):
            reverse_cost(taken.pk, by=engine(), key=key)
        return
    judgment = Judgment.objects.select_related("slot").get(uid=event.about_uid)
    if is_paid(judgment):
        post_cost(judgment.pk, by=engine(), key=key)
