with stated as (
    select * from {{ ref('stg_values') }}
),

final as (
    select
        state,
        reason,
        count(*) as value_count,
        round(avg(confidence), 3) as mean_confidence
    from stated
    group by state, reason
    order by value_count desc, state, reason
)

select * from final
