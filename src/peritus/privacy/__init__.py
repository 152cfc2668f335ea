"""Erase who somebody was, unless the law holds it."""
