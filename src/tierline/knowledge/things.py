"""Parts all claims into groups that share no name and no identifier, so that what each is about can be found out group by group."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.knowledge.hashed import Keys, Numbers, find, mixed
from tierline.knowledge.identified import NAMES_OF_SITE_MAX


def groups_of(rows: pa.Table) -> Numbers:
    """The number of each row's group, from rows of KEYED.

    Two rows are in one group if they have a name or an identifier in common, if one has the other's name as an alias, or if others stand
    between them so. An identifier that a site's template gives to many names joins nothing (identified.py); where this is not certain, it
    does: groups may be too large, never too small.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names, name = np.unique(rows["name"].to_numpy(), return_inverse=True)
    alias_of, alias = flat(rows["other_names"])
    places, is_name = find(alias, names)
    id_of, ids, own = _flat_ids(rows)
    kept = ~_of_templates(rows, id_of, own)
    known, number = np.unique(ids[kept], return_inverse=True)
    one = np.concatenate([name[alias_of[is_name]], name[id_of[kept]]])
    other = np.concatenate([places[is_name], len(names) + number])
    size = len(names) + len(known)
    links = coo_matrix((np.ones(len(one), bool), (one, other)), shape=(size, size))
    return connected_components(links, directed=False)[1].astype(np.int64)[name]


def _of_templates(rows: pa.Table, id_of: Numbers, own: Keys) -> npt.NDArray[np.bool_]:
    """Which identifiers (by the keys of site, language and identifier) their sites surely give to things of more names than they may."""
    if not len(own):
        return np.zeros(0, bool)
    page = mixed(rows["page"].to_numpy()) ^ rows["name"].to_numpy()
    _, place = np.unique(page, return_inverse=True)
    language = rows["language_key"].to_numpy()
    first = np.empty(place.max() + 1, np.uint64)
    first[place] = language
    several = np.zeros(len(first), bool)
    several[place[language != first[place]]] = True
    is_sure = ~several[place][id_of]  # a mention has the language of one of its claims (mentions.py)
    pairs = np.unique(np.stack([own[is_sure], rows["name"].to_numpy()[id_of[is_sure]]]), axis=1)
    found, counts = np.unique(pairs[0], return_counts=True)
    return is_sure & find(own, found[counts > NAMES_OF_SITE_MAX])[1]


def _flat_ids(rows: pa.Table) -> tuple[Numbers, Keys, Keys]:
    row, ids = flat(rows["ids"])
    return row, ids, flat(rows["site_ids"])[1]


def flat(lists: pa.ChunkedArray) -> tuple[Numbers, Keys]:
    """(row, value) of every value in a column of lists."""
    lengths = pc.list_value_length(lists).to_numpy()
    values = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in lists.chunks]
    return np.repeat(np.arange(len(lists)), lengths), np.concatenate([np.empty(0, np.uint64), *values])
