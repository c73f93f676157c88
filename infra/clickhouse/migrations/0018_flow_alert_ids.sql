ALTER TABLE `options_flow_alerts` ADD COLUMN IF NOT EXISTS `vendor_alert_id` Nullable(String) COMMENT 'The vendor\'s own id of the alert; null where it sends none, as over REST.' AFTER `issue_type`;

CREATE OR REPLACE VIEW `options_flow_alerts_latest` AS SELECT * FROM `options_flow_alerts` FINAL;
