select
    row_id,
    stage,
    shard,
    outcome,
    rule,
    value,
    threshold,
    tokens
from {{ source('decisions') }}
