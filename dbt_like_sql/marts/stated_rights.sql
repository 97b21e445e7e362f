with stated as (
    select * from {{ ref('stg_rights') }}
),

admitted as (
    select * from {{ ref('stg_documents') }}
),

by_document as (
    select distinct doc_id, shard, kind, coalesce(value, '') as statement from stated
),

counted as (
    select
        by_document.kind,
        by_document.statement,
        count(*) as documents,
        count(admitted.doc_id) as admitted,
        coalesce(sum(admitted.tokens), 0) as admitted_tokens
    from by_document
    left join admitted on admitted.doc_id = by_document.doc_id and admitted.shard = by_document.shard
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
