"""What reading answers and planning choose between, for those who do neither."""

from collections.abc import Mapping

#: Which of several sessions of a participant counts.
SESSIONS = ("first", "last", "longest", "all")
#: How a threshold is estimated -> what it is called in a sentence.
ESTIMATORS: Mapping[str, str] = {
    "count": "counted (balance point plus one half)",
    "fit": "point of equality of a psychometric function",
}
#: Answers that are faster did not depend on the image; and hardly did.
NO_ANSWER_SECONDS, HASTY_SECONDS = 0.1, 0.25
#: Rule by which answers are excluded -> what it excludes, with N for its value.
RULE_TEXTS: Mapping[str, str] = {
    "too-fast": "answers faster than N seconds",
    "too-slow": "answers slower than N seconds",
    "hidden": "trials during which the page was out of sight",
    "blurred": "trials during which another window had the keys",
    "shrunk": "trials with images smaller than N of their size",
    "incomplete": "sessions with answers to less than N of their trials",
    "hasty": f"sessions with more than N of the answers within {HASTY_SECONDS:g} s",
    "inattentive": "sessions that passed less than N of their checks of attention",
    "one-sided": "sessions with at least N of the answers on one side",
}
#: The design that is exported by default.
DEFAULT_DESIGN = "categorisation"
#: The published five sessions, followed up after two and six weeks.
N_SESSIONS, FOLLOW_UP_WEEKS = 5, (2, 6)
#: Standard deviation of true changes of the participants of one arm, steps.
CHANGE_SD = 1.0
