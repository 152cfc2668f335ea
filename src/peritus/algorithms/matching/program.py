"""One linear program for HiGHS, in shares of pairs or in whole pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp

from .constraints import Rows
from .problem import Flags, Floats

INFEASIBLE = 2
"""SciPy's status of a program without a solution."""


class Undecided(RuntimeError):
    """The search ended before it found a matching or showed that none exists."""


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise value @ x for least <= x <= most within rows.

    Attributes
    ----------
    value, least, most : float64 (variables,)
    whole_variables : (variables,)
        1 where `whole` asks for a whole number.
    """

    value: Floats
    rows: Rows
    least: Floats
    most: Floats
    whole_variables: Floats

    def relaxed(self) -> tuple[Floats, float] | None:
        """Solve in shares; return them with a dual bound, None if infeasible."""
        if not len(self.value):
            return _without_variables(self.rows)
        equal, above, below = self._kinds()
        matrix, lower, upper = self.rows.matrix, self.rows.lower, self.rows.upper
        found = linprog(
            -self.value,
            A_eq=matrix[equal],
            b_eq=upper[equal],
            A_ub=sparse.vstack([matrix[above], -matrix[below]], format="csr"),
            b_ub=np.concatenate([upper[above], -lower[below]]),
            bounds=np.column_stack((self.least, self.most)),
            method="highs-ds",
        )
        if found.status == INFEASIBLE:
            return None
        if found.x is None:
            raise Undecided(f"HiGHS stopped without a solution: {found.message}")
        return found.x, self._dual_bound(found)

    def whole(self, node_limit: int) -> OptimizeResult | None:
        """Solve in whole numbers; None if infeasible."""
        found = milp(
            -self.value,
            integrality=self.whole_variables,
            bounds=Bounds(self.least, self.most),
            constraints=LinearConstraint(self.rows.matrix, self.rows.lower, self.rows.upper),
            options={"node_limit": node_limit, "mip_rel_gap": 0.0},
        )
        if found.status == INFEASIBLE:
            return None
        if found.x is None:
            raise Undecided(
                f"no matching was found in {node_limit} branching steps: "
                "raise node_limit, or lower the floors"
            )
        return found

    def _kinds(self) -> tuple[Flags, Flags, Flags]:
        lower, upper = self.rows.lower, self.rows.upper
        equal = lower == upper
        return equal, ~equal & np.isfinite(upper), ~equal & np.isfinite(lower)

    def _dual_bound(self, found: OptimizeResult) -> float:
        """Bound the value by prices alone: valid whatever the solver's accuracy."""
        equal, above, below = self._kinds()
        prices = np.maximum(-found.ineqlin.marginals, 0)
        price = np.zeros(len(equal))
        price[equal] = -found.eqlin.marginals
        price[above] = prices[: above.sum()]
        cost = price[equal | above] @ self.rows.upper[equal | above]
        price[below] -= prices[above.sum() :]
        cost -= prices[above.sum() :] @ self.rows.lower[below]
        left = self.value - self.rows.matrix.T @ price
        return float(cost + np.maximum(left * self.least, left * self.most).sum())


def _without_variables(rows: Rows) -> tuple[Floats, float] | None:
    """Solve a program where no pair is allowed: every row must allow zero."""
    feasible = ((rows.lower <= 0) & (rows.upper >= 0)).all()
    return (np.zeros(0), 0.0) if feasible else None
