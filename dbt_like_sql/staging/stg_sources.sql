select
    source_id,
    fact_id,
    parent_table,
    parent_id,
    parent_shard,
    parent_field,
    span_start,
    span_end,
    quote,
    url,
    domain,
    time,
    time_source,
    page_time,
    page_time_source,
    source
from {{ source('l4_sources') }}
