select
    row_id,
    'alignment' as phase,
    tier,
    source_table,
    language,
    domain,
    epoch,
    tokens
from {{ source('mix_alignment') }}
