"""The names of what a spacing is measured with: a metric on a region.

They are known without loading either; `morphkit.quality.spacing` finds what they name.
"""

from morphkit._core.entry_names import NamesOf

#: Measures of the spacing unless a recipe names others; the first is the primary one.
DEFAULT_MEASURES = ("gabor_jet_face256", "ciede2000_mean_face256", "ssim_root_face256")
#: Name of the measure of landmarks.
LANDMARKS = "landmark_displacement"


def measure_names() -> dict[str, tuple[str, str]]:
    """Return metric and region of every measure by its name."""
    regions = [*NamesOf("regions")]
    return {f"{m}_{r}": (m, r) for m in NamesOf("metrics") for r in regions}
