"""Every claim about speed or quality, measured beside a named anchor in one run."""

HERE_IS_NO_BENCHMARK = ("__main__", "matching_anchors", "report", "sets")
