"""Keep engagements, guideline versions, lots, items and walls."""
