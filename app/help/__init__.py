"""The help in the product: closed Markdown pages in both languages, and the list of all codes."""
