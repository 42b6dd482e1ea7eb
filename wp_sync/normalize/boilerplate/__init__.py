"""Blocks that stand in many posts with small differences: found, shown, kept, taken out, replaced.

`survey` finds them over an archive; `known` tells them in one body; `passages` and `likeness` are
what both work with.
"""
