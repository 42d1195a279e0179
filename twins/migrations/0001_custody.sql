CREATE TABLE `assignment` (
	`device` text NOT NULL,
	`assignment` text,
	`since` integer NOT NULL,
	`until` integer,
	`by` text NOT NULL,
	`why` text,
	PRIMARY KEY(`device`, `since`),
	FOREIGN KEY (`device`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "assignment_span" CHECK(until > since)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `assignment_open` ON `assignment` (`device`) WHERE until IS NULL;--> statement-breakpoint
CREATE INDEX `assignment_name` ON `assignment` (`assignment`,`since`);--> statement-breakpoint
CREATE TABLE `calibration` (
	`device` text NOT NULL,
	`due` integer NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	`by` text NOT NULL,
	`why` text,
	PRIMARY KEY(`device`, `since`),
	FOREIGN KEY (`device`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "calibration_span" CHECK(until > since)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `calibration_open` ON `calibration` (`device`) WHERE until IS NULL;--> statement-breakpoint
CREATE INDEX `calibration_due` ON `calibration` (`due`) WHERE until IS NULL;--> statement-breakpoint
CREATE TABLE `device_status` (
	`device` text NOT NULL,
	`status` text NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	`by` text NOT NULL,
	`why` text,
	PRIMARY KEY(`device`, `since`),
	FOREIGN KEY (`device`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "device_status_span" CHECK(until > since)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_status_open` ON `device_status` (`device`) WHERE until IS NULL;--> statement-breakpoint
INSERT INTO `device_status` (`device`, `status`, `since`, `by`)
SELECT `serial`, CASE
	WHEN `revoked_at` IS NOT NULL THEN 'retired'
	WHEN `kind` = 'box' OR EXISTS (SELECT 1 FROM `link` WHERE `link`.`device` = `serial` AND `until` IS NULL) THEN 'active'
	ELSE 'inactive'
END, `enrolled_at`, 'vigie' FROM `device`;
