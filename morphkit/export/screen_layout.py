"""Positions of images on the screen, the same in all front ends for the desktop.

One image in the centre; two or three in a row; of four, each pair as a column, the
first pair on the left. So the left key always belongs to what is on the left. Offsets
are in pixels from the centre of the screen, x to the right, y down.
"""

#: Gap between images, as a fraction of their width.
GAP = 0.06
#: Gap between the two pairs of a quadruple.
PAIR_GAP = 0.3
#: Width in which more than two answers stand side by side, pixels.
ANSWERS_WIDTH = 1000
#: Kept free above and below the pictures for question and answers, pixels.
TEXT_BAND = 110


def columns_and_rows(n_pictures: int) -> tuple[int, int]:
    """Return the number of columns and rows of images."""
    return (2, 2) if n_pictures == 4 else (n_pictures, 1)


def centres(n_pictures: int, width: float, height: float) -> list[tuple[float, float]]:
    """Return the centre of each image, in the order of the screen.

    Parameters
    ----------
    n_pictures : int
        One to four.
    width, height : float
        Of one picture as it is shown.

    Examples
    --------
    >>> centres(3, 100, 100)
    [(-106.0, 0.0), (0.0, 0.0), (106.0, 0.0)]
    """
    if n_pictures == 4:
        x, y = width * (1 + PAIR_GAP) / 2, height * (1 + GAP) / 2
        return [(-x, -y), (-x, y), (x, -y), (x, y)]
    step = width * (1 + GAP)
    return [((k - (n_pictures - 1) / 2) * step, 0.0) for k in range(n_pictures)]


def answer_places(n_answers: int, apart: float) -> list[int]:
    """Return the place of each answer from the left, pixels from the middle.

    Parameters
    ----------
    n_answers : int
        Two or more.
    apart : float
        Distance of two answers; more of them share `ANSWERS_WIDTH`.

    Examples
    --------
    >>> answer_places(2, 440), answer_places(4, 440)
    ([-220, 220], [-375, -125, 125, 375])
    """
    step = apart if n_answers == 2 else ANSWERS_WIDTH / n_answers
    return [round((k - (n_answers - 1) / 2) * step) for k in range(n_answers)]


def answer_width(n_answers: int) -> int:
    """Return the room of each of more than two answers, pixels."""
    return round(0.94 * ANSWERS_WIDTH / n_answers)


def extent(n_pictures: int, width: float, height: float) -> tuple[float, float]:
    """Return width and height of all pictures together."""
    n_columns, n_rows = columns_and_rows(n_pictures)
    across = PAIR_GAP if n_pictures == 4 else GAP * (n_columns - 1)
    return width * (n_columns + across), height * (n_rows + GAP * (n_rows - 1))
