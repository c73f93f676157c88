CREATE TABLE IF NOT EXISTS `broker_quotes` (
    `symbol` LowCardinality(String) COMMENT 'Our name of the instrument, e.g. SPY, SPX, ES (the front month), EUR.USD, BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When the newest field of the quote reached us: the vendor stamps no quotes. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. ibkr.',
    `mode` LowCardinality(String) COMMENT 'Label every alert must carry.',
    `security_type` String COMMENT 'STK stock, IND index, FUT future, CASH currency pair, CRYPTO.',
    `currency` String COMMENT 'In which prices are, e.g. USD.',
    `local_symbol` String COMMENT 'The exchange\'s own name, e.g. ESM5.',
    `expiry` Nullable(Date32) COMMENT 'Last trading day of a future; null for what does not end.',
    `sequence` Int64 COMMENT 'Strictly rising per symbol.',
    `age_ms` Int64 COMMENT 'Milliseconds since ts_event when the record was written: the age is the truth.',
    `gap_ms` Nullable(Int64) COMMENT 'Length of the silence that this record ends, if it was longer than allowed; else null.',
    `is_crossed` Bool COMMENT 'Bid above offer, for longer than a moment: no decision may use these prices.',
    `is_halted` Nullable(Bool) COMMENT 'Null when not told.',
    `bid_price` Nullable(Float64) COMMENT 'In the currency; null when there is none.',
    `bid_size` Nullable(Float64) COMMENT 'Shares, contracts or units.',
    `ask_price` Nullable(Float64) COMMENT 'In the currency; null when there is none.',
    `ask_size` Nullable(Float64) COMMENT 'Shares, contracts or units.',
    `last_price` Nullable(Float64) COMMENT 'Last trade; of an index its value. In the currency.',
    `last_size` Nullable(Float64) COMMENT 'Shares, contracts or units.',
    `ts_last` Nullable(DateTime64(6, 'UTC')) COMMENT 'Vendor\'s stamp of the last trade, whole seconds. UTC microseconds.',
    `close_price` Nullable(Float64) COMMENT 'Close of the session before. In the currency.',
    `volume` Nullable(Float64) COMMENT 'Shares, contracts or units traded today.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `source`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What a broker quotes, of every class of instrument; prices for execution, never an input of features.';

CREATE OR REPLACE VIEW `broker_quotes_latest` AS SELECT * FROM `broker_quotes` FINAL;

CREATE TABLE IF NOT EXISTS `accounts_updates` (
    `account` String COMMENT 'Broker\'s account number.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it reached us: the vendor stamps no account data. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. ibkr.',
    `sequence` Int64 COMMENT 'Strictly rising per account.',
    `kind` LowCardinality(String) COMMENT 'Which of the fields below tell.',
    `name` String COMMENT 'Of a figure its name, e.g. BuyingPower or InitMarginReq-C (S securities, C commodities); of a position or order its symbol; PnL.',
    `currency` Nullable(String) COMMENT 'Of a figure or position; BASE is the account\'s own. Null when not told.',
    `value` Nullable(String) COMMENT 'Figure as the vendor wrote it, a decimal number or a word.',
    `security_type` Nullable(String) COMMENT 'STK, OPT, FUT, CASH, CRYPTO.',
    `contract_id` Nullable(Int64) COMMENT 'Vendor\'s id of the contract.',
    `local_symbol` Nullable(String) COMMENT 'The exchange\'s own name.',
    `quantity` Nullable(Float64) COMMENT 'Units held, negative when short, or ordered.',
    `average_cost` Nullable(Float64) COMMENT 'Of one unit, in the currency, commissions included.',
    `daily_profit` Nullable(Float64) COMMENT 'Since the last session\'s close, in the account\'s currency.',
    `unrealised_profit` Nullable(Float64) COMMENT 'In the account\'s currency.',
    `realised_profit` Nullable(Float64) COMMENT 'Today, in the account\'s currency.',
    `order_id` Nullable(Int64) COMMENT 'Client\'s number of the order.',
    `permanent_id` Nullable(Int64) COMMENT 'Vendor\'s number of the order; the same for all clients and days.',
    `client_id` Nullable(Int32) COMMENT 'Client that placed it.',
    `side` Nullable(String) COMMENT 'BUY or SELL.',
    `order_reference` Nullable(String) COMMENT 'What the client wrote on it.',
    `status` Nullable(String) COMMENT 'Vendor\'s word, e.g. PreSubmitted, Submitted, Filled, Cancelled.',
    `filled` Nullable(Float64) COMMENT 'Units.',
    `remaining` Nullable(Float64) COMMENT 'Units.',
    `average_price` Nullable(Float64) COMMENT 'Of what is filled, in the contract\'s currency; null while nothing is.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`account`, `source`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Changes of brokers\' accounts as they happen.';

CREATE OR REPLACE VIEW `accounts_updates_latest` AS SELECT * FROM `accounts_updates` FINAL;
