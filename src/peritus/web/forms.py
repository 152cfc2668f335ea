"""Forms that pages show."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from peritus.sign_in.errors import TooManyTries
from peritus.sign_in.limits import try_password
from peritus.web.origin import address_of


class SignInForm(AuthenticationForm):
    """E-mail and password; says what did not fit without saying which."""

    error_messages = {
        "invalid_login": (
            "No person with this e-mail and password may sign in here. Check both; "
            "the provider's engagement manager can set a new password."
        ),
        "inactive": "This account is switched off; the provider's manager can switch it on.",
    }
    username = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def clean(self) -> dict[str, object]:
        """Take a password that fits; who guesses waits, whether or not there is the account."""
        email, request = self.cleaned_data.get("username"), self.request
        if email is None or request is None or not self.cleaned_data.get("password"):
            return self.cleaned_data
        try:
            tried = try_password(email, address_of(request))
        except TooManyTries as wait:
            raise forms.ValidationError(str(wait), code="wait") from wait
        cleaned = super().clean()
        tried.succeeded()
        return cleaned
