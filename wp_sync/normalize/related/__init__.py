"""Related posts: found in fields, blocks and text, resolved, proposed, taken out of bodies."""
