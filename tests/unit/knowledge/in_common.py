"""What pages have in common, their words and their numbers, from rows as tests write them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.hashed import mixed
from tierline.knowledge.keyed_claims import STATED
from tierline.knowledge.page_words import PageWords, most_stated
from tierline.knowledge.site_numbers import SiteNumbers
from tierline.knowledge.stated import Stated


def common_text(rows: Sequence[dict[str, Any]]) -> CommonText:
    stated = Stated.of(pa.Table.from_pylist(rows, STATED))
    pages, page = np.unique(stated.column("page"), return_inverse=True)
    return PageWords(stated.parts, pages).common(most_stated(page, stated.column("subject_words"), len(pages)))[0]


def feeds_of(rows: Sequence[dict[str, Any]]) -> Feeds:
    stated = Stated.of(pa.Table.from_pylist(rows, STATED))
    properties = mixed(stated.column("subject_words")) ^ mixed(stated.column("property"), 3)
    return Feeds(SiteNumbers(stated.column("site"), stated.column("number"), properties).samples().of)
