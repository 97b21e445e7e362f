select
    row_id,
    'pretrain' as phase,
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
from {{ source('mix_pretrain') }}
