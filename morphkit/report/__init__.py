"""The report of a pack: one self-contained page with pictures, plots and findings."""

from morphkit.pack.layout import REPORT
from morphkit.report.figures import make_figures, make_tables
from morphkit.report.filmstrip_files import write_filmstrips
from morphkit.report.pack_report import make_report, write_report
from morphkit.report.sections import SECTIONS, Known, Section
from morphkit.report.write_files import report_pack

__all__ = [
    "REPORT",
    "SECTIONS",
    "Known",
    "Section",
    "make_figures",
    "make_report",
    "make_tables",
    "report_pack",
    "write_filmstrips",
    "write_report",
]
