"""The knowledge base: objections, method cards and cases, found before a visit, rated by use."""
