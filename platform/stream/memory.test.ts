import { createMemoryTrial } from "#platform/redis/trial.ts";

import { streamContract } from "./contract.ts";

streamContract("memory", createMemoryTrial);
