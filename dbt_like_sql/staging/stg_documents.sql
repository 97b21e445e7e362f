select
    doc_id,
    shard,
    language,
    coalesce(lane, 'prose') as lane,
    tokens,
    domain
from {{ source('l1_filtered') }}
