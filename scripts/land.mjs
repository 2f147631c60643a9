// Makes static/land.txt, the coast lines of the map behind the board, from Natural Earth's land at 1:110 million, which
// is in the public domain. It is run by hand when the map shall change:
//
//   npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
//   npx mapshaper@0.7.70 package/land-110m.json -filter-islands min-area=10000km2 \
//     -simplify dp no-repair interval=16km -lines segments -filter 'this.width < 180' \
//     -clip bbox=-179.9,-59.9,179.9,90 -dissolve -o land.json format=geojson
//   node scripts/land.mjs < land.json > static/land.txt
//
// mapshaper leaves out small islands and points that hardly change a coast, and all that is no coast: leaps from one
// edge of the paper to the other, the edges themselves, and the south. This program only writes the format. A line of
// the file is a line of coast: longitude and latitude of its first point and then the steps to the next ones, in tenths
// of a degree, east and north.

import { readFileSync } from "node:fs";

const PER_DEGREE = 10;

const { geometries } = JSON.parse(readFileSync(0, "utf8"));
const lines = geometries.flatMap(({ coordinates }) => coordinates);
for (const line of lines) {
  const steps = [];
  let [x, y] = [0, 0];
  for (const degrees of line) {
    const [east, north] = degrees.map((coordinate) => Math.round(coordinate * PER_DEGREE));
    if (steps.length && east === x && north === y) continue;
    steps.push(east - x, north - y);
    [x, y] = [east, north];
  }
  if (steps.length > 4) console.log(steps.join(" "));
}
