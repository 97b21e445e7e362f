"""The knowledge bases that L4 holds, and with which it confirms and refutes what pages say."""

import dagster as dg

from tierline.bases import KnowledgeBase, find_bases
from tierline.freshness.settings import knowledge_inputs


class KnowledgeBases(dg.ConfigurableResource):
    """Mappings of bases: a file, folder or glob, and the folder that their paths count from (empty: the mapping's own). Empty: no base."""

    pattern: str = ""
    root: str = ""

    def find(self) -> list[KnowledgeBase]:
        """The bases. BadInput if one cannot be used."""
        return find_bases(self.pattern, self.root)

    def inputs(self) -> dict[str, str]:
        """An activity's record of them: one digest, or nothing if none are configured."""
        return knowledge_inputs(self.pattern, self.root)

    def describe(self) -> dict[str, object]:
        """Metadata: which bases were read, who vouches for them, and whose vouching has lapsed."""
        bases = self.find()
        if not bases:
            return {"knowledge_bases": "none configured"}
        lapsed = [f"{base.source}: {base.lapsed}" for base in bases if base.lapsed]
        vouched = [f"{base.source} ({base.vouched_by})" for base in bases if base.vouched_by]
        named = {"knowledge_bases": ", ".join(base.source for base in bases), "vouched": ", ".join(vouched) or "none"}
        return named | ({"lapsed": "; ".join(lapsed)} if lapsed else {})
