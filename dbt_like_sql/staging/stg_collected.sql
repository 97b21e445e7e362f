select
    doc_id,
    shard,
    source_format,
    content_type,
    fetched_at
from {{ source('l0_raw') }}
where status = 'ok'
