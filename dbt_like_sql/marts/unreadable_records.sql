with records as (
    select * from {{ ref('stg_records') }}
),

final as (
    select
        file,
        source_uri,
        shard,
        source_format as format,
        source_offset,
        source_length,
        record_id,
        url,
        error,
        doc_id
    from records
    where status = 'error'
    order by source_uri, source_offset, doc_id
)

select * from final
