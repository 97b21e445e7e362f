"""The walk forward, said once for audits and takedowns: which records a scope covers, and which rows of all tables rest on them."""
