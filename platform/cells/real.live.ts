import { openLiveTrial } from "#platform/redis/live-trial.ts";

import { cellsContract } from "./contract.ts";
import { commitLaw } from "./law.ts";

cellsContract("a real server", openLiveTrial);
commitLaw("a real server", openLiveTrial, 300);
