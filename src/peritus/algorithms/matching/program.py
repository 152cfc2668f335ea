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
OUT_OF_STEPS = 1
OPTIONS = {"presolve": False, "dual_feasibility_tolerance": 1e-10}
"""Presolve finds nothing in a network; exact prices make the bound exact."""


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

    def relaxed(
        self, guess: Floats | None = None, steps: int | None = None
    ) -> tuple[Floats, Floats] | None:
        """Solve in shares; return them with each row's price, None if infeasible.

        A price is what one unit more of a row's limit is worth: at least 0 where
        the upper limit binds, at most 0 where the lower does. Guessed prices
        only change how fast the solution is found. Raises Undecided after `steps`.
        """
        if not len(self.value):
            return _without_variables(self.rows)
        return self._solved(steps) if guess is None else self._solved_from(guess, steps)

    def _solved(self, steps: int | None) -> tuple[Floats, Floats] | None:
        equal, above, below = self._kinds()
        matrix, lower, upper = self.rows.matrix, self.rows.lower, self.rows.upper
        found = _solution(
            -self.value,
            steps,
            A_eq=matrix[equal],
            b_eq=upper[equal],
            A_ub=sparse.vstack([matrix[above], -matrix[below]], format="csr"),
            b_ub=np.concatenate([upper[above], -lower[below]]),
            bounds=np.column_stack((self.least, self.most)),
        )
        if found is None:
            return None
        price = np.zeros(len(equal))
        price[equal] = -found.eqlin.marginals
        inequal = np.maximum(-found.ineqlin.marginals, 0)
        price[above] = inequal[: above.sum()]
        price[below] -= inequal[above.sum() :]
        return found.x, price

    def _solved_from(self, guess: Floats, steps: int | None) -> tuple[Floats, Floats] | None:
        """Solve with what is left of each value beyond the guessed prices.

        Written with a variable for each row's slack this is the same program,
        and the solver, which starts from prices of zero, starts from the guess.
        """
        matrix, lower, upper = self.rows.matrix, self.rows.lower, self.rows.upper
        limit = np.where(np.isfinite(upper), upper, lower)
        loose = np.flatnonzero(lower != upper)
        sign = np.where(np.isfinite(upper[loose]), 1.0, -1.0)
        width = upper[loose] - lower[loose]
        shape = (len(lower), len(loose))
        slack = sparse.csr_array((sign, (loose, np.arange(len(loose)))), shape=shape)
        nothing, room = np.zeros(len(loose)), np.column_stack((np.zeros(len(loose)), width))
        left = np.concatenate([self.value, nothing])
        table = sparse.hstack([matrix, slack], format="csr")
        left -= table.T @ guess
        found = _solution(
            -left,
            steps,
            A_eq=table,
            b_eq=limit,
            bounds=np.vstack((np.column_stack((self.least, self.most)), room)),
        )
        if found is None:
            return None
        return found.x[: len(self.value)], guess - found.eqlin.marginals

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


def _solution(cost: Floats, steps: int | None, **program: object) -> OptimizeResult | None:
    options = OPTIONS if steps is None else {**OPTIONS, "maxiter": steps}
    found = linprog(cost, **program, method="highs-ds", options=options)
    if found.x is None and found.status not in (INFEASIBLE, OUT_OF_STEPS):
        found = linprog(cost, **program, method="highs", options={"maxiter": steps})
    if found.status == INFEASIBLE:
        return None
    if found.x is None:
        raise Undecided(f"HiGHS stopped without a solution: {found.message}")
    return found


def _without_variables(rows: Rows) -> tuple[Floats, Floats] | None:
    """Solve a program where no pair is allowed: every row must allow zero."""
    feasible = ((rows.lower <= 0) & (rows.upper >= 0)).all()
    return (np.zeros(0), np.zeros(len(rows.lower))) if feasible else None
