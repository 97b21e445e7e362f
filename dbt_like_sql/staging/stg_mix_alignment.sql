select
    row_id,
    'alignment' as phase,
    curriculum,
    position,
    tier,
    source,
    source_table,
    doc_id,
    language,
    domain,
    epoch,
    tokens
from {{ source('mix_alignment') }}
