"""Pure rules: items, papers, scores, levels and gaps. No Flask, no SQL, no YAML, no clock."""
