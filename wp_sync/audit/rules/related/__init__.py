"""Links between the site's own pages: related posts, and which page can be reached from which."""
