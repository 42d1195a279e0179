CREATE TABLE `frame_page` (
	`frame` integer NOT NULL,
	`page` integer NOT NULL,
	`lines` blob NOT NULL,
	PRIMARY KEY(`frame`, `page`)
);
--> statement-breakpoint
CREATE TABLE `frame` (
	`no` integer PRIMARY KEY NOT NULL,
	`partitions` text NOT NULL,
	`up_to` integer NOT NULL,
	`since` integer NOT NULL,
	`until` integer
);
