"""Cases of the rule of training with their results, worked out with fractions.

Every front end and the simulator are held to them.
"""

from fractions import Fraction

import numpy as np
from scipy.optimize import minimize

#: Counts of the baseline, step -> (first label, answered), and shift in steps.
Case = tuple[dict[int, tuple[int, int]], Fraction]


def share(counts, step):
    """Return the share of first labels of an image, of its neighbours if need be."""
    if counts[step][1]:
        return Fraction(*counts[step])
    answered = [k for k, (_, n) in counts.items() if n]
    if not answered:
        return Fraction(1, 2)
    below = max((k for k in answered if k < step), default=None)
    above = min((k for k in answered if k > step), default=None)
    near = [k for k in (below, above) if k is not None]
    return sum(Fraction(*counts[k]) for k in near) / len(near)


def fitted(counts):
    """Return the balance point of a penalised logistic fit; None where it has none.

    By a general optimiser of the logarithm of the likelihood and half that of the
    determinant of the information (Firth, 1993).
    """
    rows = np.array([(k, a, n) for k, (a, n) in counts.items() if n], float)
    if len(rows) < 2:
        return None
    steps, first, n = rows.T
    z = (steps - steps.mean()) / 2

    def loss(both):
        line = both[0] + both[1] * z
        weight = n / (2 + 2 * np.cosh(line))
        area = weight.sum() * (weight * z**2).sum() - (weight * z).sum() ** 2
        own = first @ np.logaddexp(0, -line) + (n - first) @ np.logaddexp(0, line)
        return own - np.log(max(area, 1e-300)) / 2

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000}
    found = minimize(loss, [0, -1], method="Nelder-Mead", options=options)
    a, b = found.x
    if b > -1e-5:
        return None
    place = steps.mean() - 2 * a / b - 0.5
    return min(max(place, min(counts) - 1), max(counts))


def wanted(case, balance=None):
    """Return balance point, boundary, and which steps count as the first label.

    The balance point is counted where it is not given.
    """
    counts, shift = case
    if balance is None:
        balance = sum(share(counts, step) for step in counts)
    boundary = balance + Fraction(1, 2) + shift
    first = [step < boundary or (step == boundary and step % 2 == 0) for step in counts]
    return balance, boundary, first


def rounded(value):
    """Return a fraction as front ends write it."""
    return (20000 * value + 1) // 2 / 10000


def random_case(generator, *, n_steps=15, repeats=3, missed=0.0, shift="0"):
    """Return the baseline of a simulated participant."""
    place, spread = generator.uniform(2, n_steps - 1), generator.uniform(0.3, 3)
    counts = {}
    for step in range(1, n_steps + 1):
        answered = int(generator.binomial(repeats, 1 - missed))
        chance = 1 / (1 + np.exp(1.7 * (step - place) / spread))
        counts[step] = (int(generator.binomial(answered, chance)), answered)
    return counts, Fraction(shift)


def cases():
    """Return cases by hand, then many that are drawn."""
    ideal = {k: (3 if k <= 7 else 0, 3) for k in range(1, 16)}
    found = [
        (ideal, Fraction(shift)) for shift in ("-2", "0", "2", "-0.5", "0.125", "20")
    ]
    # Two of four images missed in one showing of three: still four images.
    found.append(({1: (3, 3), 2: (1, 1), 3: (2, 2), 4: (3, 3), 5: (0, 1)}, Fraction(2)))
    # On the boundary: 1 1/2 images and one half are 2, 2 1/2 and one half are 3.
    found += [({1: (2, 2), 2: (k, 2), 3: (k - 1, 2)}, Fraction(0)) for k in (1, 2)]
    found.append(({1: (3, 3), 2: (0, 0), 3: (1, 3), 4: (0, 0)}, Fraction("0.333")))
    found.append(({1: (0, 0), 2: (0, 0), 3: (2, 3)}, Fraction(0)))
    found.append(({1: (0, 0), 2: (0, 0), 3: (0, 0), 4: (0, 0)}, Fraction(1)))
    generator = np.random.default_rng(3)
    for repeats, missed, shift in (
        (3, 0, "2"),
        (3, 0.3, "-2"),
        (2, 0.2, "0"),
        (7, 0.1, "1.5"),
        (20, 0.3, "0.05"),
    ):
        found += [
            random_case(generator, repeats=repeats, missed=missed, shift=shift)
            for _ in range(12)
        ]
    return found
