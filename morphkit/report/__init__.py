"""The report of a pack: one self-contained page with pictures, plots and findings."""

from morphkit.report.builder import write_report

__all__ = ["write_report"]
