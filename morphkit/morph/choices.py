"""What settings of morphing choose between, for those who need no method itself."""

#: How the difference between two faces is added to a third.
DIFFERENCES = ("ratio", "sum")
#: Where a difference between prototypes is added.
REGIONS = ("face", "everywhere")
