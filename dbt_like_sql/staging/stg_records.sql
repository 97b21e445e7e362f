select
    doc_id,
    shard,
    source_uri,
    source_format,
    source_offset,
    source_length,
    record_id,
    url,
    status,
    error
from {{ source('read_records') }}
