select
    row_id,
    'midtrain' as phase,
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
from {{ source('mix_midtrain') }}
