"""Set documents with Typst: templates of this folder, data as JSON."""

from peritus.delivery.documents.typesetting import typeset

__all__ = ["typeset"]
