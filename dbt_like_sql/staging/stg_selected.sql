select
    doc_id,
    shard
from {{ source('l2_selected') }}
