"use strict";
/* Which images count as the first label in training: an exact rule, in whole numbers.
 *
 * The balance point is the number of images that get the first label in the baseline:
 * the sum of the shares of first labels, each over the trials with an answer. The point
 * of equality is that plus one half, the boundary that plus the shift. An image exactly on
 * the boundary counts as the first label if its step is even. By the rule "fit" the
 * balance point is that of a logistic function with Firth's penalty, where it falls. A
 * balance point that is carried over comes from a table, by the code of the participant. */
globalThis.MorphkitRule = (() => {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);

  /** Count a trial of the baseline; counts: step -> [with the first label, answered]. */
  const countBaseline = (counts, step, isFirst, isAnswered) => {
    if (!(step in counts)) counts[step] = [0, 0];
    counts[step][0] += isFirst ? 1 : 0;
    counts[step][1] += isAnswered ? 1 : 0;
  };

  /** Numerators of balance point and boundary, and their denominator; the balance point
   * is `point`, in ten-thousandths, where it is carried over. */
  const moveBoundary = (counts, shift, rule, point = null) => {
    if (point !== null) return [point, point + 5000 + 10 * shift, 10000];
    let [total, common] = countedBalance(counts);
    const fitted = rule === "fit" ? fittedBalance(counts) : null;
    if (fitted !== null) [total, common] = [2 * fitted, 1000];
    const balance = 1000 * total;
    return [balance, balance + 1000 * common + 2 * common * shift, 2000 * common];
  };

  /** Continuum -> [balance point in ten-thousandths, source] of a participant; all, or none.
   * Rows: participant, continuum, ten-thousandths, source. */
  const carriedPoints = (rows, code, trained) => {
    const plain = code.replace(/([0-9])_s[1-9]$/, "$1");
    const found = {};
    for (const [who, continuum, point, source] of rows) {
      if (who === plain) found[continuum] = [point, source];
    }
    return trained.every((name) => name in found) ? found : {};
  };

  const stepsOf = (counts) => Object.keys(counts).map(Number).sort((a, b) => a - b);

  /** Twice the counted balance point as a numerator, and its denominator. */
  const countedBalance = (counts) => {
    const steps = stepsOf(counts);
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
    return [total, common];
  };

  /** The fitted balance point in thousandths; null without a fit that falls. */
  const fittedBalance = (counts) => {
    const steps = stepsOf(counts);
    const answered = steps.filter((step) => counts[step][1] > 0);
    if (answered.length < 2) return null;
    const [first, last] = [answered[0], answered[answered.length - 1]];
    const middle = (first + last) / 2;
    const half = (last - first) / 2;
    const rows = answered.map((step) => [(step - middle) / half, ...counts[step]]);
    let [a, b, length, moves] = [0, 0, 1, 0];
    while (length > 1e-9 && moves < 500) {
      const [alongA, alongB] = penalisedMove(rows, a, b);
      length = Math.max(Math.abs(alongA), Math.abs(alongB));
      const share = length > 1 ? 1 / length : 1;
      [a, b] = [a + share * alongA, b + share * alongB];
      moves += 1;
    }
    if (length > 1e-9 || b > -1e-6) return null;
    const balance = middle - half * (a / b) - 0.5;
    const kept = Math.min(Math.max(balance, steps[0] - 1), steps[steps.length - 1]);
    return Math.floor(1000 * kept + 0.5);
  };

  /** A move of Newton's method for a logistic function with Firth's penalty. */
  const penalisedMove = (rows, a, b) => {
    let [aa, ab, bb] = [0, 0, 0];
    for (const [z, , n] of rows) {
      const share = logistic(a + b * z);
      const weight = n * share * (1 - share);
      [aa, ab, bb] = [aa + weight, ab + weight * z, bb + weight * z * z];
    }
    const area = aa * bb - ab * ab;
    let [alongA, alongB] = [0, 0];
    for (const [z, first, n] of rows) {
      const share = logistic(a + b * z);
      const weight = n * share * (1 - share);
      const leverage = weight * (bb - 2 * ab * z + aa * z * z) / area;
      const rest = first - n * share + leverage * (0.5 - share);
      [alongA, alongB] = [alongA + rest, alongB + rest * z];
    }
    return [(bb * alongA - ab * alongB) / area, (aa * alongB - ab * alongA) / area];
  };

  /** The logistic function by sums and products, which are alike in every language. */
  const logistic = (x) => {
    const part = Math.min(Math.max(-x, -30), 30) / 1024;
    let power = 1 + part * (1 + part / 2 * (1 + part / 3 * (1 + part / 4 * (1 + part / 5))));
    for (let k = 0; k < 10; k += 1) power *= power;
    return 1 / (1 + power);
  };

  /** Whether an image counts as the first label. */
  const countsAsFirst = (step, boundary, denominator) => {
    const beyond = step * denominator - boundary;
    return beyond < 0 || (beyond === 0 && step % 2 === 0);
  };

  /** A quotient for the data file, rounded alike in every language. */
  const fourDigits = (numerator, denominator) =>
    Math.floor((20000 * numerator + denominator) / (2 * denominator)) / 10000;

  return { countBaseline, moveBoundary, carriedPoints, countsAsFirst, fourDigits };
})();
