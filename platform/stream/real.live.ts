import { setDefaultTimeout } from "bun:test";

import { openLiveTrial } from "#platform/redis/live-trial.ts";
import { createMemoryTrial } from "#platform/redis/trial.ts";

import { streamContract } from "./contract.ts";
import { memoryLaw } from "./law.ts";

setDefaultTimeout(30_000);
streamContract("a real server", openLiveTrial);
memoryLaw(async () => ({ memory: await createMemoryTrial(), real: await openLiveTrial() }), 300);
