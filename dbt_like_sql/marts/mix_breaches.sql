with drawn as (
    select * from {{ ref('stg_mixes') }}
),

contract as (
    select from_json({{ var('contract') }}, '{
        "phase": "VARCHAR", "token_budget": "BIGINT", "curriculum": ["VARCHAR"],
        "sources": [{"source": "VARCHAR", "source_table": "VARCHAR", "tier": "VARCHAR", "epochs_max": "BIGINT",
            "languages": ["VARCHAR"], "domains": ["VARCHAR"], "domains_excluded": ["VARCHAR"]}]
    }') as terms
),

clauses as (
    select terms.phase, unnest(terms.sources, recursive := true) from contract
),

counted as (
    select
        drawn.*,
        terms.token_budget,
        terms.curriculum as parts,
        sum(drawn.tokens) over (partition by drawn.phase order by drawn.position rows unbounded preceding) as tokens_so_far,
        row_number() over (partition by drawn.phase, drawn.source, drawn.doc_id order by drawn.position) as times
    from drawn
    inner join contract on terms.phase = drawn.phase
),

matched as (
    select
        counted.*,
        clauses.tier as tier_agreed,
        clauses.epochs_max,
        clauses.languages,
        clauses.domains,
        clauses.domains_excluded
    from counted
    left join clauses using (phase, source, source_table)
),

judged as (
    select
        phase,
        row_id,
        position,
        case
            when tier_agreed is null then 'unknown_source'
            when tier is distinct from tier_agreed then 'wrong_tier'
            when not coalesce(list_contains(parts, curriculum), false) then 'wrong_curriculum'
            when len(languages) > 0 and not coalesce(list_contains(languages, language), false) then 'wrong_language'
            when len(domains) > 0 and not coalesce(list_contains(domains, domain), false) then 'wrong_domain'
            when coalesce(list_contains(domains_excluded, domain), false) then 'excluded_domain'
            when greatest(times, epoch + 1) > epochs_max then 'over_cap'
            when tokens_so_far > token_budget then 'over_budget'
        end as rule,
        case
            when tier_agreed is null then concat_ws(' from ', source, source_table)
            when tier is distinct from tier_agreed then tier
            when not coalesce(list_contains(parts, curriculum), false) then curriculum
            when len(languages) > 0 and not coalesce(list_contains(languages, language), false) then language
            when coalesce(list_contains(domains_excluded, domain), false) then domain
            when len(domains) > 0 and not coalesce(list_contains(domains, domain), false) then domain
            when greatest(times, epoch + 1) > epochs_max then greatest(times, epoch + 1)::varchar
            else tokens_so_far::varchar
        end as found
    from matched
),

final as (
    select phase, row_id, position::bigint as position, rule, found
    from judged
    where rule is not null
    order by phase, position
)

select * from final
