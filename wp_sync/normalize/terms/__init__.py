"""What becomes of terms: their tree by the rules, and which posts stand under which."""
