with drawn as (
    select * from {{ ref('stg_mixes') }} where domain is not null
),

counted as (
    select
        domain,
        count(*) as row_count,
        sum(tokens) as tokens
    from drawn
    group by all
),

ranked as (
    select
        *,
        row_number() over (order by tokens desc, domain) as size_rank,
        count(*) over () as domains
    from counted
),

final as (
    select
        domain,
        row_count::bigint as row_count,
        tokens::bigint as tokens,
        (tokens / sum(tokens) over ())::double as token_share,
        size_rank::bigint as size_rank,
        size_rank <= ceil(domains / 10) as is_top_tenth
    from ranked
    order by size_rank
)

select * from final
