"""Real data that ships with dat: five coins, a long bitcoin series, staking yield, one firm's purchases."""

from dat.adapters.sample.store import (
    SampleBarStore,
    sample_file,
    sample_manifest,
    sample_origin,
    sample_series,
)

__all__ = ["SampleBarStore", "sample_file", "sample_manifest", "sample_origin", "sample_series"]
