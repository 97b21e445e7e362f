with shards as (
    select * from {{ ref('stg_selection_diff_shards') }}
),

final as (
    select
        array_to_string(causes, ', ') as causes,
        count(*)::bigint as shards,
        sum(compared)::bigint as compared,
        sum(promoted)::bigint as promoted,
        sum(demoted)::bigint as demoted,
        (1 - (sum(promoted) + sum(demoted)) / nullif(sum(compared), 0))::double as agreement,
        min(kappa)::double as kappa_min
    from shards
    group by 1
    order by shards desc, causes
)

select * from final
