"""What every room stands on: configuration, database, clock, web edge, access, languages."""
