"""Knowledge bases as people publish them: a mapping says what a base is and where its values stand, readers give its rows."""

from tierline.bases.mapping import KnowledgeBase, find_bases
from tierline.bases.rows import Reader, Row, read_rows

__all__ = ["KnowledgeBase", "Reader", "Row", "find_bases", "read_rows"]
