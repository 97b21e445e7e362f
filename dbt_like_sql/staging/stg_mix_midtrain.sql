select
    row_id,
    'midtrain' as phase,
    tier,
    source_table,
    language,
    domain,
    epoch,
    tokens
from {{ source('mix_midtrain') }}
