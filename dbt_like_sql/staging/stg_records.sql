select
    doc_id,
    shard,
    source_uri,
    case when source_format = 'wacz' then regexp_replace(source_uri, '^(.*)!archive/.*$', '\1', 's') else source_uri end as file,
    source_format,
    source_offset,
    source_length,
    record_id,
    url,
    status,
    error
from {{ source('read_records') }}
