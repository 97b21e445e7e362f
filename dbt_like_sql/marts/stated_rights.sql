with collected as (
    select * from {{ ref('stg_collected') }}
),

admitted as (
    select * from {{ ref('stg_documents') }}
),

stated as (
    select doc_id, shard, 'license' as kind, license as statement from collected where license is not null
    union all
    select doc_id, shard, 'robots' as kind, robots as statement from collected where robots is not null
),

counted as (
    select
        stated.kind,
        stated.statement,
        count(*) as documents,
        count(admitted.doc_id) as admitted,
        coalesce(sum(admitted.tokens), 0) as admitted_tokens
    from stated
    left join admitted on admitted.doc_id = stated.doc_id and admitted.shard = stated.shard
    group by all
),

final as (
    select
        kind,
        statement,
        documents::bigint as documents,
        admitted::bigint as admitted,
        admitted_tokens::bigint as admitted_tokens
    from counted
    order by kind, documents desc, statement
)

select * from final
