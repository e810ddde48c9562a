"""The report room: what a run measured, as one self-contained web page or as a table in the terminal.

Everything here reads the plain files of a run folder. Neither the data nor the net is needed.
"""

from counterpoise.report.compared import ComparedRun, read_compared
from counterpoise.report.comparison_page import write_comparison
from counterpoise.report.inspection_page import write_inspection
from counterpoise.report.page import write_report
from counterpoise.report.table import class_table, mean_class_table, shots_table

__all__ = [
    "ComparedRun",
    "class_table",
    "mean_class_table",
    "read_compared",
    "shots_table",
    "write_comparison",
    "write_inspection",
    "write_report",
]
