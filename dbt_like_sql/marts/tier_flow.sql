with decisions as (
    select * from {{ ref('stg_decisions') }}
),

verdicts as (
    select * from {{ ref('stg_verdicts') }}
),

stages as (
    select * from {{ ref('stg_stages') }}
),

counted as (
    select
        decisions.stage,
        decisions.outcome,
        decisions.rule,
        count(*) as row_count,
        coalesce(sum(decisions.tokens), 0) as tokens,
        count(distinct decisions.shard) as shards,
        count(distinct decisions.shard) filter (where not verdicts.passed) as refused_shards
    from decisions
    left join stages on decisions.stage = stages.ledger
    left join verdicts on decisions.shard = verdicts.shard and stages.stage = verdicts.stage
    group by all
),

final as (
    select
        counted.stage,
        counted.outcome,
        counted.rule,
        counted.row_count::bigint as row_count,
        counted.tokens::bigint as tokens,
        counted.shards::bigint as shards,
        counted.refused_shards::bigint as refused_shards
    from counted
    left join stages on counted.stage = stages.ledger
    order by stages.position, counted.outcome = 'kept' desc, counted.row_count desc, counted.rule
)

select * from final
