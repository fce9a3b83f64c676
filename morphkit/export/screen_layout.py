"""Positions of images on the screen, the same in all front ends for the desktop.

One image in the centre; two or three in a row; of four, each pair as a column, the
first pair on the left. So the left key always belongs to what is on the left. Offsets
are in pixels from the centre of the screen, x to the right, y down.
"""

#: Gap between images, as a fraction of their width.
GAP = 0.06
#: Gap between the two pairs of a quadruple.
PAIR_GAP = 0.3
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


def extent(n_pictures: int, width: float, height: float) -> tuple[float, float]:
    """Return width and height of all pictures together."""
    n_columns, n_rows = columns_and_rows(n_pictures)
    across = PAIR_GAP if n_pictures == 4 else GAP * (n_columns - 1)
    return width * (n_columns + across), height * (n_rows + GAP * (n_rows - 1))
