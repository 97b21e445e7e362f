"""Interactions of models with people, as files of JSON lines hold them."""

from tierline.interactions.files import Line, digests, find_files, line_mismatch, read_lines
from tierline.interactions.interaction import Interaction, Unreadable, read_interaction

__all__ = ["Interaction", "Line", "Unreadable", "digests", "find_files", "line_mismatch", "read_interaction", "read_lines"]
