select
    section_id,
    parents[1] as doc_id,
    shard
from {{ source('l4_manuals') }}
