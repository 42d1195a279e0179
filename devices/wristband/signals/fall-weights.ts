/**
 * How the features of an impact weigh, in the order of `describeImpact`. Fitted by `bun run accuracy --fit` on every
 * subject of WEDA-FALL (docs/accuracy.md).
 */
import type { FallJudge } from "./fall-judge.ts";

export const fallWeights: FallJudge = {
  bias: -0.7429,
  weights: [
    0.6107, 0.7549, 1.383, 0.1379, 1.534, -0.9429, 2.89, -12.26, 2.414, -2.224, 6.151, -1.601,
    -0.3952, -0.2825,
  ],
  low: [
    1.6, -2.191, -3.889, 0.000474, -3.499, -3.912, -0.8124, 0.004444, -2.319, 0.03527, 0.2057,
    1.042, 0, 0.1365,
  ],
  high: [
    6.558, -0.009454, 0.6348, 1.867, 0.2818, 0.317, 1.289, 0.3422, -0.0826, 1.48, 1.627, 3.527,
    14.4, 26.67,
  ],
};
