"""The books: events, balanced entries in a hash chain, lots per wallet. Standard library only, no effects.

::

    Event ── rules ──► Steps ── Books (lots, scales, chain) ──► Entry(postings, lot moves, hash)
"""
