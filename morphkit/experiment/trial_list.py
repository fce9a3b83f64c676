"""Which trial list a participant is given: one rule in every front end.

A number in a code, such as that of P012, counts through the lists, so that successive
participants are given successive lists. Any other code, such as the long ones of
recruiting services, is hashed (FNV-1a, 32 bits). All sessions of a participant, whose
codes end in _s1, _s2, …, have the same list.

Front ends in Python contain these very functions; those in JavaScript and for
Psychtoolbox have the same ones, held to the same codes.
"""

import re


def number_of(code: str) -> int:
    """Return the number of a participant, from 1.

    Examples
    --------
    >>> number_of("P012"), number_of("7"), number_of("7_s2")
    (12, 7, 7)
    >>> number_of("5f3c1a2b9d8e7f6a5b4c3d2e")
    174329
    """
    plain = re.sub("(?<=[0-9])_s[1-9]$", "", code)
    found = re.fullmatch("[A-Za-z_-]*?0*([1-9][0-9]{0,5})", plain)
    if found:
        return int(found[1])
    digest = 2166136261
    for letter in plain:
        digest = (digest ^ ord(letter)) * 16777619 % 4294967296
    return 1 + digest % 1000000


def list_of(code: str, n_lists: int) -> int:
    """Return the trial list of a participant, from 1.

    Examples
    --------
    >>> list_of("P003", 2), list_of("P003_s2", 2)
    (1, 1)
    """
    return 1 + (number_of(code) - 1) % n_lists
