with stated as (
    select * from {{ ref('stg_statements') }}
),

final as (
    select
        base,
        base_version,
        license,
        max(retrieved) as retrieved,
        max(url) as url,
        count(*)::bigint as statements
    from stated
    group by all
    order by base, base_version, license
)

select * from final
