"""Assessments: who is to sit which paper, the frozen paper, responses, scores and release."""
