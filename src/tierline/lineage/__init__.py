"""Lineage: every row back to the bytes it came from, every promise of the lake checked again, every row counted."""

from tierline.lineage.flow import flow_table, flow_text
from tierline.lineage.page import trace_html
from tierline.lineage.render import trace_data, trace_text
from tierline.lineage.trace import Node, trace
from tierline.lineage.verify import Mismatch, verify

__all__ = ["Mismatch", "Node", "flow_table", "flow_text", "trace", "trace_data", "trace_html", "trace_text", "verify"]
