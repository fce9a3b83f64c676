"""Which images count as the first label in training: an exact rule, in whole numbers.

The balance point of a participant is the number of images that get the first label in
the baseline: the sum of the shares of first labels, each over the trials with an
answer. An image without any answer takes the mean of its nearest neighbours with
answers. With steps 1, 2, … the point of equality is the balance point plus one half,
since half of an image's answers belong to either side of it (Spearman-Kärber). The
boundary of training is the point of equality plus the shift; images below it count as
the first label. An image exactly on the boundary belongs to either label; it counts as
the first if its step is even, so that over participants neither label gains.

Front ends in Python contain these very functions; those in JavaScript and for
Psychtoolbox have the same ones, held to the same table of cases. Numbers are numerators
over a common denominator: shares are thirds mostly, and a rounding error must not
decide about an image.

Instead of by counting, the balance point can be estimated by a fit: the step at which a
logistic function with Firth's penalty, which has a maximum for every baseline, gives
either label equally often, less one half; in whole thousandths. The fit is made of
sums, products and quotients alone, in one order, so that it has the same bits in every
language. A baseline whose answers do not fall from the first label to the second has no
such step: there the count stands.

Or the balance point is carried over from an earlier session, by a table of points in
ten-thousandths of a step (`morphkit.experiment.balance_points`), looked up by the code
of the participant.

References
----------
Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika, 80(1),
27–38. https://doi.org/10.1093/biomet/80.1.27
"""

import re
from collections.abc import Mapping, Sequence

#: How the balance point is estimated -> what that is.
BALANCE_RULES: Mapping[str, str] = {
    "count": "counted, as published",
    "fit": "by a logistic function with Firth's penalty",
}
#: Where the balance point comes from -> what that is.
BALANCE_SOURCES: Mapping[str, str] = {
    "session": "measured anew in each session",
    "table": "carried over by a table; a code that is not in it is refused",
    "table-or-session": "carried over by a table; measured anew for any other code",
}
#: What stands in the data where the balance point was measured in the session.
OWN_SESSION = "session"
#: Shifts are whole multiples of one over this.
SHIFT_UNITS = 1000
#: Balance points of a table are whole multiples of one over this, as those in data.
POINT_UNITS = 10000

#: Step -> answers with the first label, and answers.
Counts = dict[int, list[int]]
#: Row of a table of balance points: participant, continuum, ten-thousandths, source.
PointRow = tuple[str, str, int, str]


def count_baseline(
    counts: Counts, step: int, is_first: bool, is_answered: bool
) -> None:
    """Count a trial of the baseline."""
    row = counts.setdefault(step, [0, 0])
    row[0] += int(is_first)
    row[1] += int(is_answered)


def move_boundary(
    counts: Counts, shift: int, rule: str, point: int | None = None
) -> tuple[int, int, int]:
    """Return numerators of balance point and boundary, and their denominator.

    The balance point is `point`, in ten-thousandths, where it is carried over; else by
    a rule of `BALANCE_RULES`; where there is no fit, by count.

    Examples
    --------
    >>> move_boundary({1: [3, 3], 2: [1, 3], 3: [0, 3]}, 2000, "count")
    (8000, 23000, 6000)
    >>> move_boundary({1: [3, 3], 2: [1, 3], 3: [0, 3]}, 2000, "fit")
    (2670000, 7670000, 2000000)
    >>> move_boundary({}, 2000, "count", 63333)
    (63333, 88333, 10000)
    """
    if point is not None:
        return point, point + 5000 + 10 * shift, 10000
    total, common = counted_balance(counts)
    fitted = fitted_balance(counts) if rule == "fit" else None
    if fitted is not None:
        total, common = 2 * fitted, 1000
    balance = 1000 * total
    return balance, balance + 1000 * common + 2 * common * shift, 2000 * common


def point_rows(text: str) -> list[PointRow]:
    r"""Return the rows of a table of balance points, as morphkit writes it.

    Examples
    --------
    >>> head = "participant,continuum,balance_point,source,rule"
    >>> point_rows(head + "\n7,ada,6.3333,v1,fit")
    [('7', 'ada', 63333, 'v1')]
    """
    rows = []
    for line in text.splitlines()[1:]:
        who, continuum, point, source = line.split(",")[:4]
        rows.append((who, continuum, int(10000 * float(point) + 0.5), source))
    return rows


def carried_points(
    rows: Sequence[PointRow], code: str, trained: Sequence[str]
) -> dict[str, tuple[int, str]]:
    """Return continuum -> balance point and source of a participant; all, or none.

    A code has none where one of the trained continua is lacking. As for trial lists,
    the end ``_s2`` of a code is left out.

    Examples
    --------
    >>> rows = [("7", "ada", 63333, "visit-1"), ("8", "ada", 70000, "visit-1")]
    >>> carried_points(rows, "7_s2", ["ada"])
    {'ada': (63333, 'visit-1')}
    >>> carried_points(rows, "7", ["ada", "ben"])
    {}
    """
    plain = re.sub("(?<=[0-9])_s[1-9]$", "", code)
    found = {row[1]: (row[2], row[3]) for row in rows if row[0] == plain}
    return found if all(name in found for name in trained) else {}


def measured_point(counts: Counts, rule: str) -> int:
    """Return the balance point of a baseline in ten-thousandths, to be carried over.

    Examples
    --------
    >>> measured_point({1: [3, 3], 2: [1, 3], 3: [0, 3]}, "count")
    13333
    """
    numerator, _, denominator = move_boundary(counts, 0, rule)
    return int(10000 * four_digits(numerator, denominator) + 0.5)


def counted_balance(counts: Counts) -> tuple[int, int]:
    """Return twice the counted balance point as a numerator, and its denominator."""
    steps = sorted(counts)
    answered = [step for step in steps if counts[step][1] > 0]
    common = 1
    for step in answered:
        a, b = common, counts[step][1]
        while b:
            a, b = b, a % b
        common = common // a * counts[step][1]
    total = 0
    for step in steps:
        if not answered:
            total += common
            continue
        below = [other for other in answered if other <= step]
        above = [other for other in answered if other >= step]
        for near in (
            below[-1] if below else above[0],
            above[0] if above else below[-1],
        ):
            total += counts[near][0] * (common // counts[near][1])
    return total, common


def fitted_balance(counts: Counts) -> int | None:
    """Return the fitted balance point in thousandths; None without a falling fit.

    It is at least 0 and at most the number of images, as a count is.
    """
    steps = sorted(counts)
    answered = [step for step in steps if counts[step][1] > 0]
    if len(answered) < 2:
        return None
    middle = (answered[0] + answered[-1]) / 2
    half = (answered[-1] - answered[0]) / 2
    rows = [((s - middle) / half, counts[s][0], counts[s][1]) for s in answered]
    a = b = 0.0
    length = 1.0
    moves = 0
    while length > 1e-9 and moves < 500:
        along_a, along_b = penalised_move(rows, a, b)
        length = max(abs(along_a), abs(along_b))
        share = 1 / length if length > 1 else 1.0
        a, b = a + share * along_a, b + share * along_b
        moves += 1
    if length > 1e-9 or b > -1e-6:
        return None
    balance = middle - half * (a / b) - 0.5
    kept = min(max(balance, steps[0] - 1), steps[-1])
    return int((1000 * kept + 0.5) // 1)


def penalised_move(
    rows: list[tuple[float, int, int]], a: float, b: float
) -> tuple[float, float]:
    """Return a move of Newton's method for a logistic function with Firth's penalty.

    Rows are the place of an image, answers with the first label, and answers.
    """
    aa = ab = bb = 0.0
    for z, _, n in rows:
        share = logistic(a + b * z)
        weight = n * share * (1 - share)
        aa, ab, bb = aa + weight, ab + weight * z, bb + weight * z * z
    area = aa * bb - ab * ab
    along_a = along_b = 0.0
    for z, first, n in rows:
        share = logistic(a + b * z)
        weight = n * share * (1 - share)
        leverage = weight * (bb - 2 * ab * z + aa * z * z) / area
        rest = first - n * share + leverage * (0.5 - share)
        along_a, along_b = along_a + rest, along_b + rest * z
    move_a = (bb * along_a - ab * along_b) / area
    move_b = (aa * along_b - ab * along_a) / area
    return move_a, move_b


def logistic(x: float) -> float:
    """Return the logistic function by sums and products, which are alike everywhere."""
    part = min(max(-x, -30), 30) / 1024
    power = 1 + part * (1 + part / 2 * (1 + part / 3 * (1 + part / 4 * (1 + part / 5))))
    for _ in range(10):
        power = power * power
    return 1 / (1 + power)


def counts_as_first(step: int, boundary: int, denominator: int) -> bool:
    """Return whether an image counts as the first label."""
    beyond = step * denominator - boundary
    return beyond < 0 or (beyond == 0 and step % 2 == 0)


def four_digits(numerator: int, denominator: int) -> float:
    """Return a quotient for the data file, rounded alike in every language."""
    return (20000 * numerator + denominator) // (2 * denominator) / 10000
