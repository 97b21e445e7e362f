with drawn as (
    select * from {{ ref('stg_mixes') }}
),

written as (
    select * from {{ ref('stg_written') }}
),

named as (
    select
        drawn.phase,
        drawn.tokens,
        case drawn.source_table
            when 'l4_facts' then 'facts'
            when 'l4_forms' then 'rules'
            else coalesce(written.origin, 'page')
        end as origin
    from drawn
    left join written on written.source_table = drawn.source_table and written.row_id = drawn.doc_id
),

counted as (
    select
        phase,
        origin,
        count(*) as row_count,
        sum(tokens) as tokens
    from named
    group by all
),

final as (
    select
        phase,
        origin,
        row_count::bigint as row_count,
        tokens::bigint as tokens,
        (tokens / sum(tokens) over (partition by phase))::double as token_share
    from counted
    order by case phase when 'pretrain' then 0 when 'midtrain' then 1 else 2 end, tokens desc, origin
)

select * from final
