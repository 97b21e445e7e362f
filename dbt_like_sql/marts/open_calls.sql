with calls as (
    select * from {{ ref('stg_calls') }}
),

activities as (
    select * from {{ ref('stg_activities') }}
),

final as (
    select
        calls.stage,
        calls.shard,
        count(*)::bigint as calls,
        sum(calls.money)::double as money
    from calls
    left join activities on calls.stage = activities.stage and calls.shard = activities.shard
    where calls.stage <> '' and (activities.stage is null or calls.called_at > activities.ended_at)
    group by calls.stage, calls.shard
    order by calls.stage, calls.shard
)

select * from final
