select
    statement_id,
    base,
    base_version,
    license,
    retrieved,
    url
from {{ source('l4_statements') }}
