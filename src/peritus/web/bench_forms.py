"""Forms of the bench: what an expert is like, and a claim of something that can be checked."""

from __future__ import annotations

from typing import Any

from django import forms

from peritus.bench.calendars import WEEKDAYS
from peritus.bench.fields import codes_named
from peritus.bench.models import Credential, Expert, PayRate
from peritus.catalogue.requirements import LEVELS

AS_DATE = {"type": "date"}
CLAIMED = (
    "kind", "title", "field", "level", "years", "issuer", "number", "jurisdiction", "issued",
    "expires",
)  # fmt: skip


class DescriptionForm(forms.Form):
    """Where an expert works and how much they take on; empty: not known, or any."""

    country = forms.CharField(
        label="Country of work", required=False, max_length=40,
        help_text="Two letters such as DE. Engagements can be restricted to countries.",
    )  # fmt: skip
    nationality = forms.CharField(
        label="Nationality", required=False, max_length=40,
        help_text="Two letters, for export control only; leave it empty where no law asks.",
    )  # fmt: skip
    team = forms.CharField(
        label="Team", required=False, max_length=200,
        help_text="Engagements can be restricted to teams.",
    )  # fmt: skip
    weekly_hours = forms.DecimalField(
        label="Hours a week, at most", required=False, help_text="Empty: no limit.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
    at_once = forms.IntegerField(
        label="Items held at once, at most", required=False, help_text="Empty: no limit."
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what the verb takes."""
        given = self.cleaned_data
        codes = {name: given[name].strip().upper() for name in ("country", "nationality")}
        return given | codes


def description_of(expert: Expert) -> dict[str, Any]:
    """Return what stands of an expert, as the form has it."""
    stands = {name: getattr(expert, name) for name in DescriptionForm.base_fields}
    if (hours := expert.weekly_hours) is not None:
        stands["weekly_hours"] = f"{hours.normalize():f}"  # 20 and not 20.00
    return stands


class ClaimForm(forms.Form):
    """A degree, licence, certificate, language or practice, to be checked with its issuer."""

    kind = forms.ChoiceField(label="Kind", choices=Credential.Kind.choices)
    title = forms.CharField(
        label="Title", max_length=200,
        help_text="As on the paper. Of a language: its code, such as de or pt.",
    )  # fmt: skip
    field = forms.CharField(
        label="Field", required=False, max_length=200, help_text="Such as Law or Contracts."
    )
    level = forms.ChoiceField(
        label="Level of a language", required=False,
        choices=[("", "–"), *((level, level) for level in LEVELS)],
        help_text="Of the European framework (CEFR).",
    )  # fmt: skip
    years = forms.IntegerField(
        label="Years of practice", required=False, min_value=0, help_text="Of practice only."
    )
    issuer = forms.CharField(
        label="Issuer", max_length=200, help_text="Who can be asked whether it is so."
    )
    number = forms.CharField(
        label="Number", required=False, max_length=80,
        help_text="In the issuer’s register, so that they can be asked about the right person.",
    )  # fmt: skip
    jurisdiction = forms.CharField(
        label="Jurisdiction", required=False, max_length=100,
        help_text="Where it holds, such as DE or California.",
    )  # fmt: skip
    issued = forms.DateField(label="Issued on", widget=forms.DateInput(attrs=AS_DATE))
    expires = forms.DateField(
        label="Expires on", required=False, widget=forms.DateInput(attrs=AS_DATE),
        help_text="The last day on which it counts; empty: it never ends.",
    )  # fmt: skip

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what the verb takes."""
        given = {name: self.cleaned_data[name] for name in CLAIMED}
        return given | {"years": given["years"] or 0}


def claimed_again(credential: Credential) -> dict[str, Any]:
    """Return what a revoked credential said, for a claim anew."""
    return {
        name: value.isoformat()
        if hasattr(value := getattr(credential, name), "isoformat")
        else value
        for name in CLAIMED
    }


class FieldsForm(forms.Form):
    """In which fields an expert works, one on a line."""

    named = forms.CharField(
        label="Fields, one on a line", required=False, max_length=10_000,
        help_text="By label or code, as the taxonomy has them.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def clean_named(self) -> list[str]:
        """Return the codes; what names no field is said by its words."""
        codes, faults = codes_named(self.cleaned_data["named"].splitlines())
        if faults:
            raise forms.ValidationError(faults)
        return codes

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what the verb takes."""
        return {"field_codes": self.cleaned_data["named"]}


def fields_of(expert: Expert) -> dict[str, Any]:
    """Return the fields that stand of an expert, as the form has them."""
    return {"named": "\n".join(expert.field_codes)}


class CalendarForm(forms.Form):
    """When an expert works; empty: not known."""

    time_zone = forms.CharField(
        label="Time zone", required=False, max_length=60, help_text="Such as Europe/Berlin."
    )
    holidays = forms.CharField(
        label="Public holidays of", required=False, max_length=10,
        help_text="A country or a part of it, such as DE or DE-BE; empty: none.",
    )  # fmt: skip
    leave = forms.CharField(
        label="Leave, one on a line", required=False, max_length=5_000,
        help_text="A day such as 2026-12-24, or two: 2026-12-24 to 2027-01-02.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **more)
        for place, day in enumerate(WEEKDAYS):
            self.fields[f"day{place}"] = forms.CharField(
                label=f"Hours on {day}", required=False, max_length=6
            )

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what the verb takes; one day of the week said says the others too."""
        given = self.cleaned_data
        week = [given[f"day{place}"].strip().replace(",", ".") for place in range(len(WEEKDAYS))]
        lines = [line.strip() for line in given["leave"].splitlines() if line.strip()]
        return {
            "time_zone": given["time_zone"].strip(),
            "holidays": given["holidays"].strip().upper(),
            "week_hours": [hours or "0" for hours in week] if any(week) else [],
            "leave": [_first_and_last(line) for line in lines],
        }


def _first_and_last(line: str) -> list[str]:
    first, _, last = (part.strip() for part in line.partition(" to "))
    return [first, last or first]


def calendar_of(expert: Expert) -> dict[str, Any]:
    """Return the calendar that stands of an expert, as the form has it."""
    leave = [first if first == last else f"{first} to {last}" for first, last in expert.leave]
    stands = {"time_zone": expert.time_zone, "holidays": expert.holidays}
    week = {f"day{place}": hours for place, hours in enumerate(expert.week_hours)}
    return stands | {"leave": "\n".join(leave)} | week


class PayForm(forms.Form):
    """What an expert is paid, for what and when."""

    amount = forms.DecimalField(
        label="Amount", widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="Up to four decimals.",
    )  # fmt: skip
    currency = forms.CharField(
        label="Currency", max_length=20, help_text="Three letters such as EUR."
    )
    per = forms.ChoiceField(label="Unit", choices=PayRate.Per.choices)
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs=AS_DATE))
    valid_until = forms.DateField(
        label="Last day", required=False, widget=forms.DateInput(attrs=AS_DATE),
        help_text="Empty: until it is ended.",
    )  # fmt: skip

    @property
    def wanted(self) -> dict[str, Any]:
        """Return what the verb takes."""
        return self.cleaned_data | {"currency": self.cleaned_data["currency"].strip().upper()}


class LastDayForm(forms.Form):
    """With which day a pay rate ends."""

    last_day = forms.DateField()
