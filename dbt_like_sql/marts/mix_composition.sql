with drawn as (
    select * from {{ ref('stg_mixes') }}
),

counted as (
    select
        phase,
        tier,
        source_table,
        count(*) as row_count,
        sum(tokens) as tokens,
        count(distinct domain) as domains,
        count(distinct language) as languages,
        max(epoch) + 1 as epochs
    from drawn
    group by all
),

final as (
    select
        phase,
        tier,
        source_table,
        row_count::bigint as row_count,
        tokens::bigint as tokens,
        (tokens / sum(tokens) over (partition by phase))::double as token_share,
        domains::bigint as domains,
        languages::bigint as languages,
        epochs::bigint as epochs
    from counted
    order by case phase when 'pretrain' then 0 when 'midtrain' then 1 else 2 end, tier, source_table
)

select * from final
