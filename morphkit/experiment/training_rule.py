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
"""

#: Shifts are whole multiples of one over this.
SHIFT_UNITS = 1000

#: Step -> answers with the first label, and answers.
Counts = dict[int, list[int]]


def count_baseline(
    counts: Counts, step: int, is_first: bool, is_answered: bool
) -> None:
    """Count a trial of the baseline."""
    row = counts.setdefault(step, [0, 0])
    row[0] += int(is_first)
    row[1] += int(is_answered)


def move_boundary(counts: Counts, shift: int) -> tuple[int, int, int]:
    """Return numerators of balance point and boundary, and their denominator.

    Examples
    --------
    >>> move_boundary({1: [3, 3], 2: [1, 3], 3: [0, 3]}, 2000)
    (8000, 23000, 6000)
    """
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
    balance = 1000 * total
    return balance, balance + 1000 * common + 2 * common * shift, 2000 * common


def counts_as_first(step: int, boundary: int, denominator: int) -> bool:
    """Return whether an image counts as the first label."""
    beyond = step * denominator - boundary
    return beyond < 0 or (beyond == 0 and step % 2 == 0)


def four_digits(numerator: int, denominator: int) -> float:
    """Return a quotient for the data file, rounded alike in every language."""
    return (20000 * numerator + denominator) // (2 * denominator) / 10000
