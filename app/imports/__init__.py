"""Tests that trainers bring: read, looked through, completed with keys, saved as a bank."""
