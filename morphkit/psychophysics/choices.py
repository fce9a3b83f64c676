"""What fits choose between, and what they assume, for those who fit nothing."""

#: Names of the functions in `morphkit.psychophysics.links`.
LINK_NAMES = ("probit", "logit")
#: Which of the rates of guesses and lapses a fit estimates, besides none.
RATE_NAMES = ("both", "symmetric", "lapse")
#: Largest ratio of neighbouring steps that counts as equal.
STANDARD_RATIO = 1.5
#: Largest departure of a scale from a straight line that counts as none.
STANDARD_MARGIN = 0.075
