"""What a settlement that was read back says against itself (see `contradictions`)."""
