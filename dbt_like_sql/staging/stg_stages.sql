select
    ledger,
    stage,
    position,
    tier,
    promotes
from {{ source('stages') }}
