with reliability as (
    select * from {{ ref('stg_reliability') }}
),

final as (
    select
        signal,
        count(*)::bigint as anchor_sets,
        sum(texts)::bigint as texts,
        min(auc_length_controlled)::double as auc_min,
        max(auc_length_controlled)::double as auc_max,
        max(weight)::double as weight_max,
        case when max(weight) = 0 then min(reason) end as why_nothing
    from reliability
    group by signal
    order by weight_max desc, signal
)

select * from final
