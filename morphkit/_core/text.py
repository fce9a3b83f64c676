"""Words that depend on a number."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what is counted: ``1 note``, ``2 notes``.

    Parameters
    ----------
    number : int
    one : str
        What is counted, in the singular.
    many : str, optional
        Its plural, where that is not the singular with an s.

    Examples
    --------
    >>> counted(1, "continuum", "continua"), counted(0, "note"), counted(2, "face")
    ('1 continuum', '0 notes', '2 faces')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def first_line(text: str | None) -> str:
    """Return the first line of a docstring, "" if there is none.

    Examples
    --------
    >>> first_line(first_line.__doc__)
    'Return the first line of a docstring, "" if there is none.'
    """
    return (text or "").strip().partition("\n")[0]
