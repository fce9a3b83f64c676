from .frozen_mesh import CORRESPONDENCE_SPECIFICATION as CORRESPONDENCE_SPECIFICATION
from .landmarks import SPACING as SPACING
from .landmarks import MatchedFaces as MatchedFaces
from .landmarks import correspond as correspond
from .landmarks import fold_finding as fold_finding
