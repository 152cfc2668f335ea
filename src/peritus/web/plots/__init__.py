"""Plots drawn on the server as SVG: the title states the finding, the table stands beside."""

from peritus.web.plots.bound import bound_plot
from peritus.web.plots.frame import Plot
from peritus.web.plots.waterfall import waterfall_plot

__all__ = ["Plot", "bound_plot", "waterfall_plot"]
