"""Item banks: read and checked from YAML, kept in versions, shown to trainers."""
