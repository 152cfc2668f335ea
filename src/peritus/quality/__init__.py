"""Decide, freeze, audit and certify."""
