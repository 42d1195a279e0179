import { openLiveTrial } from "#platform/redis/live-trial.ts";

import { streamContract } from "./contract.ts";

streamContract("a real server", openLiveTrial);
