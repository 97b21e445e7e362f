with activities as (
    select * from {{ ref('stg_activities') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

stages as (
    select * from {{ ref('stg_stages') }}
),

spent as (
    select stages.tier, sum(activities.seconds) as seconds
    from activities
    inner join stages on activities.stage = stages.ledger
    where stages.tier is not null
    group by stages.tier
),

kept as (
    select stages.tier, sum(decisions.tokens) as tokens
    from decisions
    inner join stages on decisions.stage = stages.ledger
    where decisions.outcome = 'kept' and stages.promotes
    group by stages.tier
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
