"""Lineage: every row back to the bytes it came from, every promise of the lake checked again, every row counted."""

from tierline.lineage.flow import flow_text
from tierline.lineage.render import trace_html, trace_json, trace_text
from tierline.lineage.trace import Node, trace
from tierline.lineage.verify import Mismatch, verify

__all__ = ["Mismatch", "Node", "flow_text", "trace", "trace_html", "trace_json", "trace_text", "verify"]
