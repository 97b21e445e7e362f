with activities as (
    select * from {{ ref('stg_activities') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

counted as (
    select
        stage,
        shard,
        sum(tokens) as tokens_in,
        sum(tokens) filter (where outcome = 'kept') as tokens_kept
    from decisions
    group by stage, shard
),

final as (
    select
        activities.stage,
        activities.shard,
        activities.rows_in::bigint as rows_in,
        coalesce(counted.tokens_in, 0)::bigint as tokens_in,
        coalesce(counted.tokens_kept, 0)::bigint as tokens_kept,
        greatest(0, activities.seconds - activities.model_seconds)::double as own_seconds,
        (activities.model_calls + activities.stored_calls)::bigint as calls
    from activities
    left join counted on activities.stage = counted.stage and activities.shard = counted.shard
    order by activities.stage, activities.shard
)

select * from final
