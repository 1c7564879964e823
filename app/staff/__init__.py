"""The company's list of people: read, compared, shown, made as shown, taken back; invitations."""
