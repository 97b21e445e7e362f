select
    match_id,
    doc_id,
    shard,
    benchmark,
    item_id,
    verdict,
    overlap
from {{ source('l1_contamination') }}
