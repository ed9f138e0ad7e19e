"""The treasury around the coins: shares, issuance, staking terms and ventures."""
