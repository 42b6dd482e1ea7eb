"""Links in the content: what they lead to, how, and what they say. Nothing is fetched."""
