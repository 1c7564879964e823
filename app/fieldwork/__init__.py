"""Work beside the learner: mentors, sheets filled in at a customer's, checklists, attendance."""
