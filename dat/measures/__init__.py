"""What a track record amounts to: returns, risk, drawdowns, trading, multiples. Pure functions on arrays."""
