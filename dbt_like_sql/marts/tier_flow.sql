with decisions as (
    select * from {{ ref('stg_decisions') }}
),

verdicts as (
    select * from {{ ref('stg_verdicts') }}
),

stages as (
    select *
    from (
        values
            ('l0_raw', 0), ('l1_filtered', 1), ('l1_contamination', 2), ('l2_anchors', 3), ('l2_annotations', 4),
            ('l2_reliability', 5), ('l2_student', 6), ('l2_scores', 7), ('l2_selected', 8), ('l2_selection_diff', 9), ('review_queue', 10),
            ('l3_refined', 11), ('l3_edits', 12), ('l4_claims', 13), ('l4_facts', 14), ('l4_manuals', 15), ('mix_pretrain', 16),
            ('mix_midtrain', 17), ('mix_alignment', 18)
    ) as listed (stage, position)
),

counted as (
    select
        decisions.stage,
        decisions.outcome,
        decisions.rule,
        count(*) as row_count,
        coalesce(sum(decisions.tokens), 0) as tokens,
        count(distinct decisions.shard) as shards,
        count(distinct decisions.shard) filter (where not verdicts.passed) as refused_shards
    from decisions
    left join verdicts
        on
            decisions.shard = verdicts.shard
            and case decisions.stage when 'l3_edits' then 'l3_refined' else decisions.stage end = verdicts.stage
    group by all
),

final as (
    select
        counted.stage,
        counted.outcome,
        counted.rule,
        counted.row_count::bigint as row_count,
        counted.tokens::bigint as tokens,
        counted.shards::bigint as shards,
        counted.refused_shards::bigint as refused_shards
    from counted
    left join stages using (stage)
    order by stages.position, counted.outcome = 'kept' desc, counted.row_count desc, counted.rule
)

select * from final
