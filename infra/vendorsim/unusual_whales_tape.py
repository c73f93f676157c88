"""One underlying's option trades of the day, as columns: they follow the stock's tape, its price and its direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from infra.vendorsim.black_scholes import Floats
from infra.vendorsim.unusual_whales_chain import SHARES_A_CONTRACT, Chain, Integers

ASK, BID, MID, NO_SIDE = range(4)
_SIDE_SHARES = (0.43, 0.40, 0.15, 0.02)
_EXPIRY_DECAY = 0.62
_MULTI_LEG, _STOCK_MULTI = 0.12, 0.01
_CLUSTERS_A_TRADE = 1 / 260
_CLUSTER_MS = 240
EXCHANGES = ("XCBO", "XISX", "XPHL", "ARCO", "AMXO", "BATO", "EDGO", "EMLD", "GMNI", "MPRL", "MXOP", "XNDQ")
_TREND_SECONDS = 180


class OptionTape:
    """All option trades of one underlying on one day, in time order; every column has one entry a trade.

    Attributes
    ----------
    ts_ms, contract, side, size, price
        When, which, who paid the spread (`ASK` ...), contracts, US dollars.
    cluster
        Number of the burst of like trades it belongs to, or -1; a burst makes a flow alert.
    total, total_by_side, total_multi, total_stock_multi
        Session volume of its contract up to and including it.
    identity
        Two random words that make its uuid.
    """

    def __init__(self, chain: Chain, seed: int) -> None:
        self.chain = chain
        stock = chain.underlying
        random = np.random.default_rng((seed, stock.day.toordinal(), 30_000 + stock.number))
        self.ts_ms, self.cluster = _moments(chain, random)
        count = len(self.ts_ms)
        seconds = np.clip((self.ts_ms - stock.start_ms) // 1_000, 0, len(stock.price) - 1)
        self.spot: Floats = np.round(stock.price[seconds], 2)
        before = stock.price[np.maximum(seconds - _TREND_SECONDS, 0)]
        trend = np.clip(np.log(self.spot / before) / (stock.volatility * 0.01), -1, 1)
        leader = _leaders(self.cluster)
        self.contract = _contracts(chain, self.ts_ms, self.spot, trend, random)[leader]
        self.side = _sides(trend, chain.is_call[self.contract], random)[leader]
        self.size: Integers = np.maximum(1, random.lognormal(0.9, 1.1, count)).astype(np.int64)
        self.size[self.cluster >= 0] = self.size[self.cluster >= 0] * 4 + 5
        self.multi: NDArray[np.bool_] = (random.random(count) < _MULTI_LEG) & (self.cluster < 0)
        self.stock_multi: NDArray[np.bool_] = (random.random(count) < _STOCK_MULTI) & ~self.multi & (self.cluster < 0)
        self.exchange: Integers = random.integers(0, len(EXCHANGES), count)
        self.delay_ms: Integers = random.integers(36, 74, count)
        self.identity: NDArray[np.uint64] = random.integers(0, 2**64, (count, 2), dtype=np.uint64)
        self.greeks, self.volatility = chain.greeks(self.spot, self.ts_ms, self.contract)
        self._quote()
        self.premium: Floats = np.round(self.price * self.size * SHARES_A_CONTRACT, 2)
        self.total = self._running(self.size)
        self.total_by_side = [self._running(self.size * (self.side == side)) for side in (ASK, BID, MID, NO_SIDE)]
        self.total_multi = self._running(self.size * self.multi)
        self.total_stock_multi = self._running(self.size * self.stock_multi)

    def __len__(self) -> int:
        return len(self.ts_ms)

    def before(self, moment_ms: int) -> int:
        """Return how many trades happened before a moment."""
        return int(np.searchsorted(self.ts_ms, moment_ms))

    def by_contract(self, values: NDArray[np.generic], until: int, where: NDArray[np.bool_] | None = None) -> Floats:
        """Return sums of a column over the first ``until`` trades (those ``where`` holds), by contract."""
        weights = values[:until].astype(np.float64)
        if where is not None:
            weights = weights * where[:until]
        return np.asarray(np.bincount(self.contract[:until], weights=weights, minlength=len(self.chain)), dtype=np.float64)

    def _quote(self) -> None:
        """Set best bid and offer around the theoretical value and let each trade happen where its side says."""
        theory = np.maximum(self.greeks.value, 0.005)
        tick = np.where((theory < 3) | self.chain.underlying.is_index, 0.01, 0.05)
        half = np.maximum(theory * 0.012, 0.005)
        self.bid: Floats = np.round(np.maximum(np.floor((theory - half) / tick), 0) * tick, 2)
        self.ask: Floats = np.round(np.maximum(np.ceil((theory + half) / tick) * tick, self.bid + tick), 2)
        self.side[(self.bid <= 0) & (self.side == BID)] = ASK  # nobody buys
        middle = np.maximum(np.round((self.bid + self.ask) / 2, 2), 0.01)
        self.price: Floats = np.select([self.side == ASK, self.side == BID], [self.ask, self.bid], middle)

    def _running(self, values: Integers) -> Integers:
        """Return the running sum of a column within each contract."""
        order = np.argsort(self.contract, kind="stable")
        sums = np.cumsum(values[order])
        firsts = np.flatnonzero(np.diff(self.contract[order], prepend=-1))
        starts = np.zeros(len(sums), dtype=np.int64)
        if len(firsts):
            starts = np.repeat(np.concatenate(([0], sums[firsts[1:] - 1])), np.diff(np.append(firsts, len(sums))))
        running = np.empty(len(sums), dtype=np.int64)
        running[order] = sums - starts
        return running


def _moments(chain: Chain, random: np.random.Generator) -> tuple[Integers, Integers]:
    """Return the moments of the trades and the burst each belongs to."""
    stock = chain.underlying
    counts = random.poisson(stock.trades_a_second)
    single = stock.start_ms + np.repeat(np.arange(len(counts)), counts) * 1_000 + random.integers(0, 1_000, counts.sum())
    single = single.astype(np.int64)
    bursts = single[random.random(len(single)) < _CLUSTERS_A_TRADE]
    lengths = random.integers(5, 24, len(bursts))
    burst = np.repeat(np.arange(len(bursts)), lengths)
    inside = np.repeat(bursts, lengths) + random.integers(0, _CLUSTER_MS, len(burst))
    moments, cluster = np.concatenate((single, inside)), np.concatenate((np.full(len(single), -1), burst))
    order = np.argsort(moments, kind="stable")
    return moments[order], cluster[order]


def _leaders(cluster: Integers) -> Integers:
    """Return for each trade the one whose contract and side it shares: its burst's first, or itself."""
    leader = np.arange(len(cluster))
    members = np.flatnonzero(cluster >= 0)
    _, first, of = np.unique(cluster[members], return_index=True, return_inverse=True)
    leader[members] = members[first][of]
    return leader


def _contracts(chain: Chain, ts_ms: Integers, spot: Floats, trend: Floats, random: np.random.Generator) -> Integers:
    """Choose contracts: near expiries, strikes around the price on the out-of-the-money side, calls when it rises."""
    count = len(ts_ms)
    weights = _EXPIRY_DECAY ** np.arange(len(chain.expiries))
    expiry = random.choice(len(chain.expiries), count, p=weights / weights.sum())
    is_call = random.random(count) < 0.54 + 0.15 * trend
    years = chain.years(ts_ms, expiry * len(chain.strikes) * 2)
    wide = chain.underlying.volatility * np.sqrt(np.maximum(years, 1 / 365))
    out = np.abs(random.normal(0.3, 0.7, count)) - 0.25
    strike = chain.nearest_strike(spot * np.exp(np.where(is_call, 1.0, -1.0) * out * wide))
    return np.asarray((expiry * len(chain.strikes) + strike) * 2 + ~is_call, dtype=np.int64)


def _sides(trend: Floats, is_call: NDArray[np.bool_], random: np.random.Generator) -> Integers:
    """Choose sides: what gains from the trend is bought rather than sold."""
    lean = 0.12 * trend * np.where(is_call, 1.0, -1.0)
    draw = random.random(len(trend))
    ask = _SIDE_SHARES[ASK] + lean
    bid = ask + _SIDE_SHARES[BID] - lean
    return np.asarray(np.select([draw < ask, draw < bid, draw < bid + _SIDE_SHARES[MID]], [ASK, BID, MID], NO_SIDE), dtype=np.int64)
