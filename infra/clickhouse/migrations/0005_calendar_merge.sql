ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `actual` Nullable(String) COMMENT 'The figure once it is out, as the vendor writes it; null before.' AFTER `outcome`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `series` Nullable(String) COMMENT 'Our name of a recurring event, e.g. fomc-decision; null for one that the schedule does not know.' AFTER `actual`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `country` Nullable(String) COMMENT 'Whose event, e.g. US, EU, GB, JP.' AFTER `series`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `importance` LowCardinality(Nullable(String)) COMMENT 'How much the market tends to move on it; null where nobody says.' AFTER `country`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `time_new_york` Nullable(String) COMMENT 'When it is due in New York, for people, e.g. 2026-12-09 14:00 EST; the date alone when no time is known.' AFTER `importance`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `sources` Array(String) COMMENT 'Of a merged event: who tells of it, in the order of our trust. Empty for what one vendor says.' AFTER `time_new_york`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `conflict` Bool COMMENT 'True when the sources disagree about time or figures.' AFTER `sources`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `conflict_detail` Nullable(String) COMMENT 'Who says what, where they disagree.' AFTER `conflict`;

ALTER TABLE `reference_calendar_events` ADD COLUMN IF NOT EXISTS `claimed_times` Array(Int64) COMMENT 'Other moments that a source claims, UTC microseconds: whoever keeps quiet around the event keeps quiet around these too.' AFTER `conflict_detail`;

CREATE OR REPLACE VIEW `reference_calendar_events_latest` AS SELECT * FROM `reference_calendar_events` FINAL;
