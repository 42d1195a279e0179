import { createMemoryTrial } from "#platform/redis/trial.ts";

import { cellsContract } from "./contract.ts";
import { commitLaw } from "./law.ts";

cellsContract("memory", createMemoryTrial);
commitLaw("memory", createMemoryTrial, 300);
