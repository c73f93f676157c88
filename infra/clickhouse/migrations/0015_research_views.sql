CREATE OR REPLACE VIEW `research_gamma_by_strike` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the profile, UTC.',
    `spot` Nullable(Float64) COMMENT 'Price of the underlying, US dollars.',
    `strike` Float64 COMMENT 'US dollars.',
    `distance_pct` Nullable(Float64) COMMENT '(strike - spot) / spot x 100.',
    `gamma_usd_per_1pct` Float64 COMMENT 'Naive net gamma of the strike over all expiries, US dollars for a move by 1 %.',
    `max_pain` Nullable(Float64) COMMENT 'Of the nearest expiry, US dollars.'
) AS SELECT symbol, ts_event, spot, pair.1 AS strike, (pair.1 - spot) / spot * 100 AS distance_pct, pair.2 AS gamma_usd_per_1pct, max_pain
FROM `derived_gamma_profiles_latest` ARRAY JOIN arrayZip(strikes, strike_gamma) AS pair;

CREATE OR REPLACE VIEW `research_gamma_models` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `model` String COMMENT 'How the dealers\' side was guessed: NAIVE, FLOW, OPENED.',
    `sessions` UInt64 COMMENT 'Sessions judged.',
    `calm_right_share` Nullable(Float64) COMMENT 'Share of sessions, 0 to 1, whose calm or wildness the sign of gamma foretold.',
    `walls_held_share` Nullable(Float64) COMMENT 'Share of sessions, 0 to 1, that stayed within the walls; of those that began within.',
    `flip_side_held_share` Nullable(Float64) COMMENT 'Share of sessions, 0 to 1, that closed on the side of the flip where they began.'
) AS SELECT symbol, toString(model) AS model, count() AS sessions, avg(calm_was_right) AS calm_right_share, avg(walls_held) AS walls_held_share,
    avg(flip_side_held) AS flip_side_held_share
FROM `derived_gamma_scores_latest` GROUP BY symbol, model;

CREATE OR REPLACE VIEW `research_gamma_against_vendor` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the profile, UTC.',
    `ours_usd_per_1pct` Nullable(Float64) COMMENT 'Naive total gamma, US dollars for a move by 1 %.',
    `vendor_usd_per_1pct` Nullable(Float64) COMMENT 'The vendor\'s total by open interest in the same unit.',
    `drift` Nullable(Float64) COMMENT '(ours - the vendor\'s) / gamma of calls and puts together; null while the vendor\'s is stale.',
    `vendor_age_seconds` Nullable(Float64) COMMENT 'Age of the vendor\'s total.',
    `contracts_used` Int32 COMMENT 'Contracts in ours: the vendor may count expiries we do not hold.'
) AS SELECT symbol, ts_event, gamma_usd_per_1pct AS ours_usd_per_1pct, vendor_gamma_usd_per_1pct AS vendor_usd_per_1pct, vendor_drift AS drift,
    vendor_age_seconds, contracts_used
FROM `derived_gamma_profiles_latest`;

CREATE OR REPLACE VIEW `research_regime_outcomes` AS
SELECT
    r.symbol AS symbol, r.window_end AS window_end, r.label AS label, r.rise_probability AS rise_probability,
    r.realised_volatility AS realised_volatility, r.volatility_rank AS volatility_rank, r.close AS close,
    if(b.window_end <= r.window_end + INTERVAL 35 MINUTE, b.close, NULL) AS close_30m_later,
    (close_30m_later / r.close - 1) * 10000 AS change_bps_30m
FROM (SELECT *, window_end + INTERVAL 30 MINUTE AS later FROM derived_regimes_latest WHERE resolution = 'M1') AS r
ASOF LEFT JOIN (SELECT symbol, window_end, toNullable(close) AS close FROM derived_bars_latest WHERE resolution = 'M1') AS b
    ON r.symbol = b.symbol AND r.later <= b.window_end
COMMENT 'Each regime of 1-minute bars with the price 30 minutes later. symbol: ticker. window_end: close of the bar. label, rise_probability (0 to 1), realised_volatility (a fraction a year), volatility_rank (0 to 1): the regime. close: US dollars. close_30m_later: close of the first 1-minute bar that ends 30 to 35 minutes later, US dollars; null when none did. change_bps_30m: change between the two, basis points.';

CREATE OR REPLACE VIEW `research_finding_outcomes` AS
SELECT
    f.finding_id AS finding_id, f.symbol AS symbol, f.ts_event AS ts_event, f.agent AS agent, f.label AS label, f.direction AS direction,
    f.score AS score, f.confidence AS confidence,
    if(a.window_end > f.ts_event - INTERVAL 5 MINUTE, a.close, NULL) AS close_before,
    if(b.window_end <= f.ts_event + INTERVAL 35 MINUTE, b.close, NULL) AS close_30m_later,
    (close_30m_later / close_before - 1) * 10000 AS change_bps_30m,
    multiIf(f.direction = 'LONG', change_bps_30m, f.direction = 'SHORT', -change_bps_30m, NULL) AS gain_bps_30m
FROM (SELECT *, ts_event + INTERVAL 30 MINUTE AS later FROM derived_findings_latest) AS f
ASOF LEFT JOIN (SELECT symbol, window_end, toNullable(close) AS close FROM derived_bars_latest WHERE resolution = 'M1') AS a
    ON f.symbol = a.symbol AND f.ts_event >= a.window_end
ASOF LEFT JOIN (SELECT symbol, window_end, toNullable(close) AS close FROM derived_bars_latest WHERE resolution = 'M1') AS b
    ON f.symbol = b.symbol AND f.later <= b.window_end
COMMENT 'Each finding with the price 30 minutes later. finding_id, symbol, ts_event, agent, label, direction, score, confidence: the finding. close_before: close of the last 1-minute bar that ended at most 5 minutes before it, US dollars; null without one. close_30m_later: close of the first that ends 30 to 35 minutes later, US dollars; null when none did. change_bps_30m: change between the two, basis points. gain_bps_30m: the same as the direction counts it; null without a direction.';

CREATE OR REPLACE VIEW `research_market_gauges` AS
WITH
    figures AS (
        SELECT observation_date AS day,
            argMaxOrNullIf(value, published_date, series_id = 'VIXCLS') AS vix,
            argMaxOrNullIf(value, published_date, series_id = 'DGS10') AS yield_10y,
            argMaxOrNullIf(value, published_date, series_id = 'DGS2') AS yield_2y,
            argMaxOrNullIf(value, published_date, series_id = 'DTWEXBGS') AS dollar_index
        FROM reference_economic_series_latest WHERE series_id IN ('VIXCLS', 'DGS10', 'DGS2', 'DTWEXBGS') GROUP BY day
    ),
    skews AS (
        SELECT session_date AS day, argMinOrNull(risk_reversal, abs(dateDiff('day', session_date, assumeNotNull(expiry)) - 30)) AS risk_reversal_25
        FROM options_volatility_latest
        WHERE measure = 'RISK_REVERSAL' AND symbol = 'SPY' AND delta = 25 AND expiry IS NOT NULL AND risk_reversal IS NOT NULL GROUP BY day
    ),
    joined AS (
        SELECT day, max(vix) AS vix, max(yield_10y) AS yield_10y, max(yield_2y) AS yield_2y, max(dollar_index) AS dollar_index,
            max(risk_reversal_25) AS risk_reversal_25
        FROM (
            SELECT day, vix, yield_10y, yield_2y, dollar_index, CAST(NULL, 'Nullable(Float64)') AS risk_reversal_25 FROM figures
            UNION ALL
            SELECT day, NULL, NULL, NULL, NULL, risk_reversal_25 FROM skews
        ) GROUP BY day
    ),
    ranked AS (
        SELECT *,
            groupArray(vix) OVER (ORDER BY day ROWS BETWEEN 252 PRECEDING AND 1 PRECEDING) AS vix_before,
            groupArray(risk_reversal_25) OVER (ORDER BY day ROWS BETWEEN 252 PRECEDING AND 1 PRECEDING) AS skew_before,
            groupArray(yield_10y) OVER (ORDER BY day ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING) AS yields_before,
            groupArray(dollar_index) OVER (ORDER BY day ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING) AS dollars_before
        FROM joined
    )
SELECT
    day, vix, if(length(vix_before) >= 60, arrayCount(x -> x < vix, vix_before) / length(vix_before), NULL) AS vix_rank,
    multiIf(vix IS NULL OR vix_rank IS NULL, 'UNKNOWN', vix_rank >= 0.8, 'STRESSED', vix_rank <= 0.2, 'CALM', 'NORMAL') AS volatility_regime,
    risk_reversal_25,
    if(length(skew_before) >= 60, arrayCount(x -> x < risk_reversal_25, skew_before) / length(skew_before), NULL) AS skew_rank,
    multiIf(risk_reversal_25 IS NULL OR skew_rank IS NULL, 'UNKNOWN', skew_rank >= 0.8, 'PUTS_DEAR', skew_rank <= 0.2, 'CALLS_DEAR', 'NORMAL') AS skew_regime,
    yield_10y, yield_2y, yield_10y - yield_2y AS curve_10y_2y,
    if(length(yields_before) >= 20, yield_10y - yields_before[-20], NULL) AS yield_10y_change_20d,
    dollar_index, if(length(dollars_before) >= 20, (dollar_index / dollars_before[-20] - 1) * 100, NULL) AS dollar_change_20d_percent
FROM ranked
COMMENT 'Volatility, skew, yields and dollar, one row a day with any of them; null where that day has none. day: date of observation. vix: index level (FRED VIXCLS). vix_rank: share of the up to 252 earlier values below it, 0 to 1; null with fewer than 60. volatility_regime: STRESSED from rank 0.8 on, CALM up to 0.2, NORMAL between, UNKNOWN without a rank. risk_reversal_25: volatility of puts minus that of calls of SPY at a delta of 0.25, expiry nearest to 30 days, a fraction, signed as the vendor does. skew_rank, skew_regime: the same of it, PUTS_DEAR or CALLS_DEAR. yield_10y, yield_2y: percent a year (DGS10, DGS2). curve_10y_2y: their difference, percentage points. yield_10y_change_20d: change over 20 observations, percentage points. dollar_index: trade-weighted index (DTWEXBGS). dollar_change_20d_percent: its change over 20 observations, percent.';

CREATE OR REPLACE VIEW `derived_bars_adjusted` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `resolution` LowCardinality(String) COMMENT 'Bar length.',
    `window_start` DateTime64(6, 'UTC') COMMENT 'First moment inside the bar.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'First moment after it.',
    `open` Nullable(Float64) COMMENT 'US dollars of today''s shares: raw x split_factor x dividend_factor; so are high, low, close and vwap.',
    `high` Nullable(Float64) COMMENT 'US dollars, adjusted.',
    `low` Nullable(Float64) COMMENT 'US dollars, adjusted.',
    `close` Nullable(Float64) COMMENT 'US dollars, adjusted.',
    `vwap` Nullable(Float64) COMMENT 'US dollars, adjusted; null without volume.',
    `volume` Nullable(Float64) COMMENT 'Today''s shares: raw / split_factor.',
    `trade_count` Int64 COMMENT 'As in the raw bar.',
    `split_factor` Nullable(Float64) COMMENT 'Product of split_from / split_to of all later splits; 1 without one; null when a split has no ratio.',
    `dividend_factor` Nullable(Float64) COMMENT 'Product of 1 - cash / close of the day before, over all later dividends in US dollars; 1 without one; null when that close is not stored or the amount is not told.'
) AS
WITH
    daily AS (SELECT `symbol`, `window_end`, `close` FROM `derived_bars_latest` WHERE `resolution` = 'D1'),
    -- A trading day begins at 20:00 New York on the evening before: so does the effect of what the company did.
    dated AS (
        SELECT `symbol`, `ts_event` - INTERVAL 4 HOUR AS takes_effect, `kind`, `split_from`, `split_to`, `cash_amount`
        FROM `reference_corporate_actions_latest`
        WHERE `kind` = 'SPLIT' OR ifNull(`currency`, 'USD') = 'USD'
        -- Two vendors tell the same split: one of them counts. What the day's dividends are worth together differs by type.
        ORDER BY `symbol`, `ts_event`, `source`, `action_id` LIMIT 1 BY `symbol`, `ts_event`, `kind`, `dividend_type`
    ),
    valued AS (
        SELECT
            action.`symbol` AS `symbol`, action.takes_effect AS takes_effect,
            if(action.`kind` = 'SPLIT', ifNull(action.`split_from` / action.`split_to`, nan), 1.) AS split_ratio,
            if(action.`kind` = 'SPLIT', 1., ifNull(1 - action.`cash_amount` / nullIf(before.`close`, 0), nan)) AS dividend_ratio
        FROM dated AS action
        ASOF LEFT JOIN daily AS before ON action.`symbol` = before.`symbol` AND before.`window_end` <= action.takes_effect
    ),
    by_symbol AS (
        SELECT `symbol`, groupArray((takes_effect, split_ratio, dividend_ratio)) AS told FROM valued GROUP BY `symbol`
    ),
    factored AS (
        SELECT
            raw.*,
            arrayFilter(action -> raw.`window_start` < action.1, by_symbol.told) AS later,
            if(empty(later), 1., arrayProduct(later.2)) AS splits,
            if(empty(later), 1., arrayProduct(later.3)) AS dividends,
            if(isNaN(splits), NULL, splits) AS split,
            if(isNaN(dividends), NULL, dividends) AS dividend
        FROM `derived_bars_latest` AS raw
        LEFT JOIN by_symbol ON raw.`symbol` = by_symbol.`symbol`
    )
SELECT
    `symbol`, `resolution`, `window_start`, `window_end`,
    `open` * split * dividend AS `open`, `high` * split * dividend AS `high`, `low` * split * dividend AS `low`,
    `close` * split * dividend AS `close`, `vwap` * split * dividend AS `vwap`, `volume` / split AS `volume`,
    `trade_count`, split AS `split_factor`, dividend AS `dividend_factor`
FROM factored;

CREATE OR REPLACE VIEW `tiles` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the symbol''s newest view; symbols that have none in the hour before the newest view of all are left out.',
    `last_price` Nullable(Float64) COMMENT 'US dollars.',
    `mom1_bps` Nullable(Float64) COMMENT 'Momentum of the newest 1-minute bar, basis points; null at a symbol''s first bar.',
    `mom5_bps` Nullable(Float64) COMMENT 'The same of the newest 5-minute bar.',
    `rvol_vs_recent` Nullable(Float64) COMMENT 'Volume of the newest 1-minute bar / mean of the 20 before it; null while warming up.',
    `px_vs_vwap_bps` Nullable(Float64) COMMENT 'Last price against the session''s VWAP, basis points; null before its first trade.',
    `best_bid` Nullable(Float64) COMMENT 'US dollars; null without a fresh quote.',
    `best_ask` Nullable(Float64) COMMENT 'US dollars; null without a fresh quote.',
    `trades_cached` Int64 COMMENT 'Trades in the 1-minute bars that ended in the 20 minutes before ts_event.'
) AS
WITH
    newest AS (
        SELECT * FROM `views_latest`
        WHERE `ts_event` >= (SELECT max(`ts_event`) FROM `views`) - INTERVAL 1 HOUR
        ORDER BY `symbol`, `ts_event` DESC LIMIT 1 BY `symbol`
    ),
    minutes AS (
        SELECT `symbol`, `window_end`, `trade_count` FROM `derived_bars_latest`
        WHERE `resolution` = 'M1' AND `window_end` >= (SELECT max(`ts_event`) FROM `views`) - INTERVAL 2 HOUR
    ),
    counted AS (
        SELECT newest.`symbol` AS `symbol`, sum(minutes.`trade_count`) AS trades
        FROM newest JOIN minutes ON newest.`symbol` = minutes.`symbol`
        WHERE minutes.`window_end` <= newest.`ts_event` AND minutes.`window_end` > newest.`ts_event` - INTERVAL 20 MINUTE
        GROUP BY newest.`symbol`
    )
SELECT
    newest.`symbol` AS `symbol`, newest.`ts_event` AS `ts_event`, newest.`last_price` AS `last_price`,
    newest.`features_1m`.`momentum_bps` AS `mom1_bps`, newest.`features_5m`.`momentum_bps` AS `mom5_bps`,
    newest.`features_1m`.`relative_volume` AS `rvol_vs_recent`, newest.`vwap_distance_bps` AS `px_vs_vwap_bps`,
    newest.`bid_price` AS `best_bid`, newest.`ask_price` AS `best_ask`, toInt64(ifNull(counted.trades, 0)) AS `trades_cached`
FROM newest LEFT JOIN counted ON newest.`symbol` = counted.`symbol`;

CREATE OR REPLACE VIEW `tiles_timeframes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the symbol''s newest view; symbols that have none in the hour before the newest view of all are left out.',
    `mom_1m` Nullable(Float64) COMMENT 'Momentum of the newest bar, basis points; null at a symbol''s first bar.',
    `mom_5m` Nullable(Float64) COMMENT 'The same of 5 minutes.',
    `mom_15m` Nullable(Float64) COMMENT 'The same of 15 minutes.',
    `px_vs_vwap_1m` Nullable(Float64) COMMENT 'Close of the newest bar against the session''s VWAP, basis points.',
    `px_vs_vwap_5m` Nullable(Float64) COMMENT 'The same of 5 minutes.',
    `px_vs_vwap_15m` Nullable(Float64) COMMENT 'The same of 15 minutes.',
    `rvol_1m` Nullable(Float64) COMMENT 'Volume of the newest bar / mean of the 20 before it; null while warming up.',
    `rvol_5m` Nullable(Float64) COMMENT 'The same of 5 minutes.',
    `rvol_15m` Nullable(Float64) COMMENT 'The same of 15 minutes.',
    `atr_1m` Nullable(Float64) COMMENT 'Wilder''s average true range over 14 bars, US dollars; null while warming up.',
    `atr_5m` Nullable(Float64) COMMENT 'The same of 5 minutes.',
    `atr_15m` Nullable(Float64) COMMENT 'The same of 15 minutes.'
) AS
SELECT
    `symbol`, `ts_event`,
    `features_1m`.`momentum_bps` AS `mom_1m`, `features_5m`.`momentum_bps` AS `mom_5m`, `features_15m`.`momentum_bps` AS `mom_15m`,
    `features_1m`.`vwap_distance_bps` AS `px_vs_vwap_1m`, `features_5m`.`vwap_distance_bps` AS `px_vs_vwap_5m`,
    `features_15m`.`vwap_distance_bps` AS `px_vs_vwap_15m`,
    `features_1m`.`relative_volume` AS `rvol_1m`, `features_5m`.`relative_volume` AS `rvol_5m`, `features_15m`.`relative_volume` AS `rvol_15m`,
    `features_1m`.`atr_wilder_14` AS `atr_1m`, `features_5m`.`atr_wilder_14` AS `atr_5m`, `features_15m`.`atr_wilder_14` AS `atr_15m`
FROM `views_latest`
WHERE `ts_event` >= (SELECT max(`ts_event`) FROM `views`) - INTERVAL 1 HOUR
ORDER BY `symbol`, `ts_event` DESC LIMIT 1 BY `symbol`;

CREATE OR REPLACE VIEW `research_flow_minutes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `minute` DateTime('UTC') COMMENT 'Start of the minute, UTC; the row holds the newest numbers written within it.',
    `net_premium_usd` Nullable(Float64) COMMENT 'Net premium of the day so far, US dollars.',
    `net_premium_60m_usd` Nullable(Float64) COMMENT 'The same of the last 60 minutes, US dollars.',
    `vendor_net_premium_usd` Nullable(Float64) COMMENT 'The vendor\'s net premium of the day so far, US dollars.',
    `unknown_side_share` Nullable(Float64) COMMENT 'Share of the day\'s premium whose side is not known, 0 to 1.',
    `asymmetry` Nullable(Float64) COMMENT 'Share of the stronger of calls and puts in the day\'s premium, negative for puts.',
    `off_exchange_divergence` Nullable(Float64) COMMENT 'Off-exchange share minus lit share of the day\'s volume, -1 to 1.',
    `darkpool_score` Nullable(Float64) COMMENT 'Accumulation (above 0) or distribution off exchange, standard deviations.',
    `divergence_score` Nullable(Float64) COMMENT 'Large traders against the crowd, standard deviations.',
    `cumulative_delta_usd` Nullable(Float64) COMMENT 'Signed dollar delta of the afternoon window, US dollars.',
    `close_imbalance_confidence` Nullable(Float64) COMMENT 'Confidence of the predicted close imbalance, its sign is the direction, -1 to 1.',
    `vendor_toxicity` Nullable(Float64) COMMENT 'One-sidedness of the vendor\'s minutes over the last 60, 0 to 1: compare it with VPIN of the same minute.',
    `underlying_price` Nullable(Float64) COMMENT 'Of the newest option trade that told it, US dollars.'
) AS SELECT
    `symbol`,
    toStartOfMinute(ts_event) AS `minute`,
    argMax(tuple(net_premium_usd), ts_event).1 AS `net_premium_usd`,
    argMax(tuple(net_premium_60m_usd), ts_event).1 AS `net_premium_60m_usd`,
    argMax(tuple(vendor_net_premium_usd), ts_event).1 AS `vendor_net_premium_usd`,
    argMax(tuple(unknown_side_share), ts_event).1 AS `unknown_side_share`,
    argMax(tuple(asymmetry), ts_event).1 AS `asymmetry`,
    argMax(tuple(off_exchange_divergence), ts_event).1 AS `off_exchange_divergence`,
    argMax(tuple(darkpool_score), ts_event).1 AS `darkpool_score`,
    argMax(tuple(divergence_score), ts_event).1 AS `divergence_score`,
    argMax(tuple(cumulative_delta_usd), ts_event).1 AS `cumulative_delta_usd`,
    argMax(tuple(close_imbalance_confidence), ts_event).1 AS `close_imbalance_confidence`,
    argMax(tuple(vendor_toxicity), ts_event).1 AS `vendor_toxicity`,
    argMax(tuple(underlying_price), ts_event).1 AS `underlying_price`
FROM `derived_flow_metrics`
GROUP BY `symbol`, toStartOfMinute(ts_event)
COMMENT 'Flow of each symbol by minute, the newest numbers written within it; for research.';
