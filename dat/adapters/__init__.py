"""The rim: everything that opens a file, a socket or a clock, one vendor behind one door."""
