"""What cannot be true together in a treasury file: refused, each with its key, value and reason."""

import pytest

from tests.refusal import Refusal

CONTRADICTIONS = {
    "bars in another currency": (
        "",
        ("inception", 'base_currency = "HKD"\ninception'),
        'small.toml: treasury.base_currency = "HKD": bars are in market.quote = "USDT", and currency '
        "conversion is not supported yet; at par: USD with USDT,",
    ),
    "a stablecoin of another currency": (
        "",
        ("inception", 'base_currency = "EUR"\ninception'),
        'treasury.base_currency = "EUR": bars are in market.quote = "USDT"',
    ),
    "nothing is eligible": (
        "[mandate]\neligible = []\n",
        None,
        "small.toml: mandate.eligible = []: must not be empty; leave the key out",
    ),
    "end before inception": (
        "",
        ("inception = 2024-01-01", "inception = 2024-01-03\nend = 2024-01-02"),
        "treasury.end = 2024-01-02: must not be before inception 2024-01-03",
    ),
    "contribution before inception": (
        "[[capital.contributions]]\ndate = 2023-12-31\namount = 5\n",
        None,
        "capital.contributions[0].date = 2023-12-31: must be within the run, 2024-01-01 to the last bar",
    ),
    "least above largest weight": (
        "[mandate]\nweight_min = { BTC = 0.5 }\nweight_max = { BTC = 0.4 }\n",
        None,
        "mandate.weight_min.BTC = 0.5: must not be above mandate.weight_max.BTC = 0.4",
    ),
    "least weights and cash above one": (
        "[mandate]\nweight_min = { BTC = 0.95 }\ncash_min_frac = 0.1\n",
        None,
        "mandate.weight_min: the least weights must sum to at most 1 - cash_min_frac = 0.9; they sum to 0.95",
    ),
    "weight of an asset that is not eligible": (
        '[mandate]\neligible = ["BTC"]\nweight_max = { ETH = 0.4 }\n',
        None,
        "mandate.weight_max.ETH = 0.4: ETH is not in mandate.eligible: BTC",
    ),
    "weight of an asset that is not traded": (
        "[mandate]\nweight_max = { ETH = 0.4 }\n",
        None,
        "mandate.weight_max.ETH: eligible are BTC",
    ),
    "deal above all deals": (
        "[mandate]\nilliquid_max_frac = 0.1\ndeal_max_frac = 0.2\n",
        None,
        "mandate.deal_max_frac = 0.2: must not be above mandate.illiquid_max_frac = 0.1",
    ),
    "no money at all": (
        "",
        ("cash = 1000", "cash = 0"),
        "capital.cash = 0: must be above 0, since no contribution comes in",
    ),
    "issuance without shares": (
        "mnav = 1.3\n[capital.atm]\nmnav_min = 1.2\nissue_frac_per_month = 0.01\n",
        None,
        "capital.atm: shares can be issued only when capital.shares is above 0",
    ),
    "issuance without a premium": (
        "shares = 10\n[capital.atm]\nmnav_min = 1.2\nissue_frac_per_month = 0.01\n",
        None,
        "capital.atm: needs a premium path: give capital.mnav or capital.mnav_series",
    ),
    "two premium paths": (
        'mnav = 1.3\nmnav_series = "premium"\n[[market.series]]\nname = "premium"\n',
        None,
        "capital.mnav = 1.3: give mnav or mnav_series, not both",
    ),
    "unknown series": (
        'mnav_series = "premium"\n',
        None,
        'capital.mnav_series = "premium": no such series; [[market.series]] declares none',
    ),
    "series declared twice": (
        '[[market.series]]\nname = "a"\n[[market.series]]\nname = "a"\n',
        None,
        'market.series[1].name = "a": this name is taken already',
    ),
    "two staking rates": (
        '[staking.BTC]\napr_frac = 0.1\napr_series = "a"\n[[market.series]]\nname = "a"\n',
        None,
        "staking.BTC: give either apr_series or apr_frac",
    ),
    "staking of an asset that is not traded": (
        "[staking.ETH]\napr_frac = 0.1\n",
        None,
        "staking.ETH: the strategy trades BTC",
    ),
    "lots of an asset that is not traded": (
        "[market.lots.ETH]\nstep = 0.1\n",
        None,
        "market.lots.ETH: the strategy trades BTC",
    ),
    "core that is not traded": (
        "",
        ("inception", 'core = "ETH"\ninception'),
        'treasury.core = "ETH": the strategy trades BTC',
    ),
    "sample series that is not bundled": (
        '[[market.series]]\nname = "moon_phase"\n',
        None,
        "no sample series 'moon_phase'; there are eth_staking_apr",
    ),
    "series file that is not there": (
        '[[market.series]]\nname = "a"\nsource = "a.csv"\n',
        None,
        "small.toml: market.series[0].source = \"a.csv\": series 'a': a.csv does not exist",
    ),
    "column of a bundled series": (
        '[[market.series]]\nname = "eth_staking_apr"\ncolumn = "apr"\n',
        None,
        'small.toml: market.series[0].column = "apr": a bundled series has one value column; leave it out',
    ),
    "contribution after the last bar": (
        "[[capital.contributions]]\ndate = 2024-01-04\namount = 5\n"
        "[[capital.contributions]]\ndate = 2024-01-05\namount = 5\n",
        None,
        "small.toml: capital.contributions[1].date = 2024-01-05: money comes in at the open of a bar, "
        "and the last one opens 2024-01-04T00:00:00Z",
    ),
    "mode of another strategy": (
        "",
        ('mode = "passive"', 'mode = "active"'),
        "small.toml: treasury.mode = \"active\": strategy 'passive' is of mode passive; say so",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_cannot_be_true_together(refusal: Refusal, case: str) -> None:
    extra, change, expected = CONTRADICTIONS[case]
    assert expected in refusal.of_treasury(*([change] if change else []), extra=extra)
