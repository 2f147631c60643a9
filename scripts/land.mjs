// Makes static/land.txt, the coast lines of the map behind the board, from Natural Earth's land at 1:110 million, which
// is in the public domain. It is run by hand when the map shall change:
//
//   npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
//   node scripts/land.mjs package/land-110m.json > static/land.txt
//
// A line of the file is a line of coast: longitude and latitude of its first point and then the steps to the next ones,
// in tenths of a degree, east and north.

import { readFileSync } from "node:fs";

const PER_DEGREE = 10;
const SOUTH = -60;
// How far a point may be from the line that leaves it out, in degrees.
const TOLERANCE = 0.15;
// Islands smaller than this are left out, in square degrees.
const AREA = 1.2;

const { transform, arcs, objects } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const [[scaleX, scaleY], [shiftX, shiftY]] = [transform.scale, transform.translate];

// In TopoJSON each arc is a list of steps, and ~i means arc i backwards.
const points = arcs.map((arc) => {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx) * scaleX + shiftX, (y += dy) * scaleY + shiftY]);
});
const arc = (index) => (index < 0 ? [...points[~index]].reverse() : points[index]);
const ring = (indices) => indices.flatMap((index, place) => arc(index).slice(place ? 1 : 0));

const area = (ring) =>
  Math.abs(ring.reduce((sum, [x, y], at) => {
    const [u, v] = ring[(at + 1) % ring.length];
    return sum + x * v - u * y;
  }, 0)) / 2;

// Douglas and Peucker's algorithm.
const simplify = (line) => {
  if (line.length < 3) return line;
  const [[ax, ay], [bx, by]] = [line[0], line.at(-1)];
  const long = Math.hypot(bx - ax, by - ay);
  const off = ([x, y]) => (long ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / long : Math.hypot(x - ax, y - ay));
  let far = 1;
  for (let at = 2; at < line.length - 1; at++) if (off(line[at]) > off(line[far])) far = at;
  if (off(line[far]) <= TOLERANCE) return [line[0], line.at(-1)];
  return [...simplify(line.slice(0, far + 1)).slice(0, -1), ...simplify(line.slice(far))];
};

// Where the paper ends there is no coast.
const isEdge = ([x, y]) => Math.abs(x) > 179.9 || y < SOUTH;
const leaps = ([x], [u]) => Math.abs(x - u) > 180;
const pieces = (ring) => {
  const found = [[]];
  ring.forEach((point, at) => {
    if (at > 0 && leaps(point, ring[at - 1])) found.push([point]);
    else if (isEdge(point) && (at === 0 || isEdge(ring[at - 1]))) {
      if (found.at(-1).length) found.push([]);
      found.at(-1)[0] = point;
    } else found.at(-1).push(point);
  });
  return found.filter((piece) => piece.length > 1 && piece[1][1] >= SOUTH);
};

const polygons = objects.land.geometries.flatMap(({ type, arcs }) => (type === "Polygon" ? [arcs] : arcs));
for (const indices of polygons.flat()) {
  const whole = ring(indices);
  if (area(whole) < AREA) continue;
  for (const piece of pieces(whole)) {
    // A closed line is simplified in two halves: its ends are the same point.
    const half = piece.length >> 1;
    const line = [...simplify(piece.slice(0, half + 1)).slice(0, -1), ...simplify(piece.slice(half))];
    const steps = [];
    let [x, y] = [0, 0];
    for (const [east, north] of line) {
      const [u, v] = [Math.round(east * PER_DEGREE), Math.round(north * PER_DEGREE)];
      if (steps.length && u === x && v === y) continue;
      steps.push(u - x, v - y);
      [x, y] = [u, v];
    }
    if (steps.length > 4) console.log(steps.join(" "));
  }
}
