"""What is out of date: one comparison of what activities recorded with what would be recorded now, asked by everything that reruns."""

from tierline.freshness.compare import Change, OutOfDate, out_of_date, survey, wanted_inputs
from tierline.freshness.configuration import Configuration, Identity
from tierline.freshness.waves import Run, next_wave

__all__ = ["Change", "Configuration", "Identity", "OutOfDate", "Run", "next_wave", "out_of_date", "survey", "wanted_inputs"]
