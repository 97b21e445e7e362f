select
    doc_id,
    shard,
    language,
    tokens,
    domain
from {{ source('l1_filtered') }}
