with collected as (
    select * from {{ ref('stg_collected') }}
),

admitted as (
    select * from {{ ref('stg_documents') }}
),

counted as (
    select
        collected.source_format,
        coalesce(collected.content_type, 'unknown') as content_type,
        count(*) as documents,
        count(admitted.doc_id) as admitted,
        coalesce(sum(admitted.tokens), 0) as admitted_tokens,
        strftime(make_timestamp(epoch_us(min(collected.fetched_at))), '%Y-%m-%d') as first_day,
        strftime(make_timestamp(epoch_us(max(collected.fetched_at))), '%Y-%m-%d') as last_day
    from collected
    left join admitted on admitted.doc_id = collected.doc_id and admitted.shard = collected.shard
    group by all
),

final as (
    select
        source_format,
        content_type,
        documents::bigint as documents,
        admitted::bigint as admitted,
        admitted_tokens::bigint as admitted_tokens,
        first_day,
        last_day
    from counted
    order by documents desc, source_format, content_type
)

select * from final
