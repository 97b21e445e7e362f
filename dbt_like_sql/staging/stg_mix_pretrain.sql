select
    row_id,
    'pretrain' as phase,
    tier,
    source_table,
    language,
    domain,
    epoch,
    tokens
from {{ source('mix_pretrain') }}
