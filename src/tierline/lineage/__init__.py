"""Lineage: traces every row to its source bytes, checks every promise of the lake again, counts every row."""

from tierline.lineage.flow import flow_table, flow_text
from tierline.lineage.page import trace_html
from tierline.lineage.render import trace_data, trace_text
from tierline.lineage.trace import Node, trace
from tierline.lineage.verify import Mismatch, verify

__all__ = ["Mismatch", "Node", "flow_table", "flow_text", "trace", "trace_data", "trace_html", "trace_text", "verify"]
