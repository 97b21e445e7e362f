with activities as (
    select * from {{ ref('stg_activities') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

spent as (
    select upper(left(stage, 2)) as tier, sum(seconds) as seconds
    from activities
    where regexp_matches(stage, '^l[0-4]_')
    group by tier
),

kept as (
    select upper(left(stage, 2)) as tier, sum(tokens) as tokens
    from decisions
    where outcome = 'kept' and stage in ('l1_filtered', 'l2_selected', 'l3_refined', 'l4_facts', 'l4_manuals')
    group by tier
),

final as (
    select
        spent.tier,
        spent.seconds::double as seconds,
        sum(spent.seconds) over (order by spent.tier)::double as seconds_so_far,
        coalesce(kept.tokens, 0)::bigint as kept_tokens,
        (1000 * sum(spent.seconds) over (order by spent.tier) / nullif(kept.tokens, 0))::double as seconds_per_1000_tokens
    from spent
    left join kept using (tier)
    order by spent.tier
)

select * from final
