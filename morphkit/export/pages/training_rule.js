"use strict";
/* Which images count as the first label in training: an exact rule, in whole numbers.
 *
 * The balance point is the number of images that get the first label in the baseline:
 * the sum of the shares of first labels, each over the trials with an answer. The point
 * of equality is that plus one half, the boundary that plus the shift. An image exactly on
 * the boundary counts as the first label if its step is even. */
globalThis.MorphkitRule = (() => {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);

  /** Count a trial of the baseline; counts: step -> [with the first label, answered]. */
  const countBaseline = (counts, step, isFirst, isAnswered) => {
    if (!(step in counts)) counts[step] = [0, 0];
    counts[step][0] += isFirst ? 1 : 0;
    counts[step][1] += isAnswered ? 1 : 0;
  };

  /** Numerators of balance point and boundary, and their denominator. */
  const moveBoundary = (counts, shift) => {
    const steps = Object.keys(counts).map(Number).sort((a, b) => a - b);
    const answered = steps.filter((step) => counts[step][1] > 0);
    const common = answered.reduce(
      (all, step) => (all / divisor(all, counts[step][1])) * counts[step][1], 1);
    let total = 0;
    for (const step of steps) {
      if (answered.length === 0) {
        total += common;
        continue;
      }
      const below = answered.filter((other) => other <= step);
      const above = answered.filter((other) => other >= step);
      // An image without an answer takes the mean of its neighbours with answers.
      const last = below.length ? below[below.length - 1] : above[0];
      const next = above.length ? above[0] : last;
      for (const near of [last, next]) {
        total += counts[near][0] * (common / counts[near][1]);
      }
    }
    const balance = 1000 * total;
    return [balance, balance + 1000 * common + 2 * common * shift, 2000 * common];
  };

  /** Whether an image counts as the first label. */
  const countsAsFirst = (step, boundary, denominator) => {
    const beyond = step * denominator - boundary;
    return beyond < 0 || (beyond === 0 && step % 2 === 0);
  };

  /** A quotient for the data file, rounded alike in every language. */
  const fourDigits = (numerator, denominator) =>
    Math.floor((20000 * numerator + denominator) / (2 * denominator)) / 10000;

  return { countBaseline, moveBoundary, countsAsFirst, fourDigits };
})();
