"""Every address of a body: found with its place, told what it means, spliced anew."""
