"""What axe-core can tell of a fragment, with axe's ids and impacts, and a little beside it.

A body without such findings is no statement of compliance: contrast, focus, keyboard traps, and
whether an alternative text says the right thing are not to be seen in a fragment.
"""
