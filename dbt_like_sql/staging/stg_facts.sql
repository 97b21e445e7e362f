select
    fact_id,
    subject,
    predicate,
    object,
    independent_sources,
    contradictions
from {{ source('l4_facts') }}
