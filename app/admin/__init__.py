"""Pages of the administrator: people, organisation, audit, access log."""
