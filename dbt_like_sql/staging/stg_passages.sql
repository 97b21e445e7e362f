select
    passage_id,
    parents[1] as doc_id,
    shard
from {{ source('l3_refined') }}
