select
    fact_id,
    subject,
    entity,
    subject_type,
    aliases,
    predicate,
    object,
    independent_sources,
    vouched_by,
    contradictions,
    state,
    valid_from,
    known_by,
    valid_until,
    dated_by,
    superseded_by
from {{ source('l4_facts') }}
