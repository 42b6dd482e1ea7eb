"""Who wrote a post: accounts, guests, and the bylines in the text."""
