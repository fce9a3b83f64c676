"""A study for the participants of one laboratory, handed out and answered here.

`study` is what may be handed out, `row_file` where answers are kept, `server` gives
both to browsers.
"""
