with decisions as (
    select * from {{ ref('stg_decisions') }}
    where rule like 'reserved:%' or rule in ('not_permitted', 'mix:reserved', 'mix:not_permitted')
),

final as (
    select
        stage,
        rule,
        outcome,
        count(*)::bigint as row_count
    from decisions
    group by all
    order by stage, row_count desc, rule
)

select * from final
