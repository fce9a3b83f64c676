// Points, similarities and curves. Points are [x, y] in pixels of the photograph; the
// centre of its top-left pixel is (0, 0).

export const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);

export function mean(points) {
  const n = points.length || 1;
  return [
    points.reduce((sum, p) => sum + p[0], 0) / n,
    points.reduce((sum, p) => sum + p[1], 0) / n,
  ];
}

export function box(points) {
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const [x0, y0, x1, y1] = [
    Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys),
  ];
  return { x0, y0, x1, y1, width: x1 - x0, height: y1 - y0 };
}

/** Return the similarity {a, b, dx, dy} that brings `from` closest to `to`. */
export function fit(from, to) {
  const c = mean(from);
  const t = mean(to);
  let [norm, a, b] = [0, 0, 0];
  for (let i = 0; i < from.length; i += 1) {
    const [px, py] = [from[i][0] - c[0], from[i][1] - c[1]];
    const [qx, qy] = [to[i][0] - t[0], to[i][1] - t[1]];
    norm += px * px + py * py;
    a += px * qx + py * qy;
    b += px * qy - py * qx;
  }
  if (norm === 0) return { a: 1, b: 0, dx: t[0] - c[0], dy: t[1] - c[1] };
  a /= norm;
  b /= norm;
  return { a, b, dx: t[0] - (a * c[0] - b * c[1]), dy: t[1] - (b * c[0] + a * c[1]) };
}

export const apply = ({ a, b, dx, dy }, [x, y]) => [
  a * x - b * y + dx, b * x + a * y + dy,
];

export function inverse({ a, b, dx, dy }) {
  const n = a * a + b * b;
  const [c, s] = [a / n, -b / n];
  return { a: c, b: s, dx: -(c * dx - s * dy), dy: -(s * dx + c * dy) };
}

export const scaleOf = ({ a, b }) => Math.hypot(a, b);

/** Rotate by degrees (counter-clockwise as seen) and scale about a centre. */
export function turned(points, centre, degrees, scale = 1) {
  const angle = (-degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  return points.map(([x, y]) => {
    const [u, v] = [x - centre[0], y - centre[1]];
    return [centre[0] + c * u - s * v, centre[1] + s * u + c * v];
  });
}

/** Return the points as their mirror partners would place them. */
export function mirrored(points, partners) {
  const flipped = partners.map((j) => [-points[j][0], points[j][1]]);
  const back = fit(flipped, points);
  return flipped.map((p) => apply(back, p));
}

/** Return the share with which a drag moves a point at some distance. */
export const softness = (far, radius) => Math.exp(-4.5 * (far / radius) ** 2);

/** Turns sharper than this are corners (of the mouth, of an eye), not bends; degrees. */
const CORNER = 62;

/**
 * Trace a smooth curve through points into a path (centripetal Catmull-Rom), with its
 * sharp corners kept.
 */
export function traceCurve(path, points, closed) {
  const n = points.length;
  const corners = points.map((_, i) => i).filter((i) => {
    if (!closed && (i === 0 || i === n - 1)) return false;
    const [p, q, r] = [points[(i + n - 1) % n], points[i], points[(i + 1) % n]];
    const turn = Math.atan2(r[1] - q[1], r[0] - q[0]) - Math.atan2(q[1] - p[1], q[0] - p[0]);
    return Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) > (CORNER * Math.PI) / 180;
  });
  if (!corners.length) {
    traceSmooth(path, points, closed);
    return;
  }
  if (!closed) {
    const ends = [0, ...corners, n - 1];
    ends.slice(1).forEach((end, k) => traceSmooth(path, points.slice(ends[k], end + 1), false));
    return;
  }
  corners.forEach((from, k) => {
    const to = corners[(k + 1) % corners.length];
    const count = ((to - from + n - 1) % n) + 2;
    const part = Array.from({ length: count }, (_, i) => points[(from + i) % n]);
    traceSmooth(path, part, false);
  });
}

function traceSmooth(path, points, closed) {
  const n = points.length;
  if (n < 2) return;
  const at = (i) => (closed ? points[(i + n) % n] : points[Math.min(Math.max(i, 0), n - 1)]);
  path.moveTo(...at(0));
  for (let i = 0; i < (closed ? n : n - 1); i += 1) {
    const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    const d1 = Math.sqrt(distance(p0, p1));
    const d2 = Math.sqrt(distance(p1, p2));
    const d3 = Math.sqrt(distance(p2, p3));
    path.bezierCurveTo(...control(p0, p1, p2, d1, d2), ...control(p3, p2, p1, d3, d2), ...p2);
  }
}

function control(before, here, after, near, far) {
  if (near < 1e-6 || far < 1e-6) return here;
  const scale = 3 * near * (near + far);
  return [0, 1].map(
    (k) =>
      (near * near * after[k] -
        far * far * before[k] +
        (2 * near * near + 3 * near * far + far * far) * here[k]) / scale,
  );
}
