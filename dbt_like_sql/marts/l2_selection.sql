with documents as (
    select * from {{ ref('stg_documents') }}
),

scores as (
    select * from {{ ref('stg_scores') }}
),

leaks as (
    select doc_id, max(overlap) as overlap
    from {{ ref('stg_contamination') }}
    where verdict = 'leak'
    group by doc_id
),

scored as (
    select
        documents.doc_id, documents.lane, documents.tokens, scores.usefulness, scores.perplexity, scores.toxicity,
        scores.injection_spans, leaks.overlap
    from documents
    left join scores using (doc_id)
    left join leaks using (doc_id)
),

judged as (
    select
        *,
        case
            when overlap is not null then 'l2:contaminated'
            when usefulness is null then 'l2:not_scored'
            when toxicity > {{ var('toxicity_max') }} then 'l2:toxic'
            when lane = 'prose' and perplexity > {{ var('perplexity_max') }} then 'l2:perplexity'
            when lane = 'prose' and usefulness < {{ var('usefulness_min') }} then 'l2:not_useful'
            when injection_spans > {{ var('injection_spans_max') }} then 'l2:addresses_judge'
        end as rule
    from scored
),

final as (
    select
        doc_id,
        case when rule is null then 'kept' when rule = 'l2:addresses_judge' then 'quarantined' else 'dropped' end as outcome,
        rule,
        case rule
            when 'l2:contaminated' then overlap
            when 'l2:toxic' then toxicity
            when 'l2:perplexity' then perplexity
            when 'l2:not_useful' then usefulness
            when 'l2:addresses_judge' then injection_spans
        end as value,
        case rule
            when 'l2:toxic' then {{ var('toxicity_max') }}
            when 'l2:perplexity' then {{ var('perplexity_max') }}
            when 'l2:not_useful' then {{ var('usefulness_min') }}
            when 'l2:addresses_judge' then {{ var('injection_spans_max') }}
        end::double as threshold
    from judged
    order by doc_id
)

select * from final
