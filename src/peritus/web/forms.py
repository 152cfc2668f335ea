"""Forms that pages show."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm


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
