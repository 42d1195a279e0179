CREATE TABLE `chain` (
	`no` integer PRIMARY KEY NOT NULL,
	`serial` text NOT NULL,
	`tenant` text NOT NULL,
	`head` integer NOT NULL,
	`rev` integer NOT NULL,
	`hash` blob NOT NULL,
	`partial` integer NOT NULL,
	`seen_to` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chain_serial_unique` ON `chain` (`serial`);--> statement-breakpoint
CREATE TABLE `gap` (
	`no` integer PRIMARY KEY NOT NULL,
	`partition` integer NOT NULL,
	`since` integer NOT NULL,
	`until` integer NOT NULL,
	`twins` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `position` (
	`partition` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `record` (
	`id` integer PRIMARY KEY NOT NULL,
	`chain` integer NOT NULL,
	`before` integer,
	`hash` blob NOT NULL,
	`text` text NOT NULL,
	`seal` blob
);
--> statement-breakpoint
CREATE TABLE `trimming` (
	`class` text PRIMARY KEY NOT NULL,
	`up_to` integer NOT NULL,
	`removed` integer NOT NULL
);
