select
    doc_id,
    shard,
    domain,
    kind,
    value,
    agent,
    stated_in,
    stated_by,
    stated_at
from {{ source('l1_rights') }}
