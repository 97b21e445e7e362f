"""L3: edits as typed operations on spans of a document: proposed by rules or models, verified by kind, assembled into a text."""

from tierline.operations.assemble import Assembled, Piece, assemble, chosen
from tierline.operations.document import Document
from tierline.operations.operation import KINDS, Kind, Operation, Proposer, Verdict, Verifier

__all__ = ["KINDS", "Assembled", "Document", "Kind", "Operation", "Piece", "Proposer", "Verdict", "Verifier", "assemble", "chosen"]
