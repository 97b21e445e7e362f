select
    stage,
    shard,
    passed
from {{ source('verdicts') }}
