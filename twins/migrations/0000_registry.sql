CREATE TABLE `certificate` (
	`fingerprint` text PRIMARY KEY NOT NULL,
	`box` text NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`box`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `certificate_open` ON `certificate` (`box`) WHERE until IS NULL;--> statement-breakpoint
CREATE TABLE `device` (
	`serial` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`tenant` text NOT NULL,
	`enrolled_at` integer NOT NULL,
	`revoked_at` integer,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `device_version` ON `device` (`version`);--> statement-breakpoint
CREATE TABLE `link` (
	`device` text NOT NULL,
	`box` text NOT NULL,
	`since` integer NOT NULL,
	`until` integer,
	PRIMARY KEY(`device`, `since`),
	FOREIGN KEY (`device`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`box`) REFERENCES `device`(`serial`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "link_span" CHECK(until > since)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `link_open` ON `link` (`device`) WHERE until IS NULL;