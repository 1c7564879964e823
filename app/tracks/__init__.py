"""Training tracks: versions, enrolments, lessons read, and the learner's home."""
