with decisions as (
    select * from {{ ref('stg_decisions') }}
),

documents as (
    select * from {{ ref('stg_documents') }}
),

scores as (
    select * from {{ ref('stg_scores') }}
),

observed as (
    select shard, 'reason' as kind, coalesce(rule, outcome) as value
    from decisions
    where stage = 'l1_filtered'
    union all
    select shard, 'language' as kind, language as value
    from documents
    union all
    select shard, 'usefulness' as kind, (floor(least(usefulness, 0.999) * 10) / 10)::decimal(2, 1)::varchar as value
    from scores
    where usefulness is not null
),

counted as (
    select shard, kind, value, count(*) as row_count
    from observed
    group by shard, kind, value
),

everywhere as (
    select kind, value, sum(row_count) as row_count
    from counted
    group by kind, value
),

sizes as (
    select shard, kind, sum(row_count) as row_count
    from counted
    group by shard, kind
),

totals as (
    select kind, sum(row_count) as row_count
    from sizes
    group by kind
),

compared as (
    select
        sizes.shard,
        everywhere.kind,
        everywhere.value,
        coalesce(counted.row_count, 0) as row_count,
        coalesce(counted.row_count, 0) / sizes.row_count as share,
        (everywhere.row_count - coalesce(counted.row_count, 0)) / (totals.row_count - sizes.row_count) as share_elsewhere
    from sizes
    inner join totals using (kind)
    inner join everywhere using (kind)
    left join counted on sizes.shard = counted.shard and everywhere.kind = counted.kind and everywhere.value = counted.value
    where totals.row_count > sizes.row_count
),

final as (
    select
        shard,
        kind,
        value,
        row_count::bigint as row_count,
        share::double as share,
        share_elsewhere::double as share_elsewhere,
        (
            (greatest(share, {{ var('share_min') }}) - greatest(share_elsewhere, {{ var('share_min') }}))
            * ln(greatest(share, {{ var('share_min') }}) / greatest(share_elsewhere, {{ var('share_min') }}))
        )::double as stability
    from compared
    order by shard, kind, stability desc, value
)

select * from final
