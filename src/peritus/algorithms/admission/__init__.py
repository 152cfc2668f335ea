"""Whether a model's answers may stand in for an expert's."""

from .annotators import AnnotatorTest, alternative_annotator_test
from .pricing import allowance_from_cost

__all__ = ["AnnotatorTest", "allowance_from_cost", "alternative_annotator_test"]
