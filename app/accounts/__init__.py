"""Users, the organisation, roles, sign-in, sessions, notices."""
