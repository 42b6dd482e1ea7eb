"""What the text itself is: too little, the same twice, broken, forgotten, or out of date."""
