with drawn as (
    select * from {{ ref('stg_mixes') }}
),

counted as (
    select
        phase,
        coalesce(language, 'unknown') as language,
        count(*) as row_count,
        sum(tokens) as tokens
    from drawn
    group by all
),

final as (
    select
        phase,
        language,
        row_count::bigint as row_count,
        tokens::bigint as tokens,
        (tokens / sum(tokens) over (partition by phase))::double as token_share
    from counted
    order by case phase when 'pretrain' then 0 when 'midtrain' then 1 else 2 end, tokens desc, language
)

select * from final
