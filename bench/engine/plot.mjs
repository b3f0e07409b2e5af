// A line for each program, its time over the number of modules, both on logarithmic axes, as SVG.
const width = 760, height = 420;
const frame = { left: 64, right: 150, top: 24, bottom: 46 };
const colours = ['#1a7f37', '#59636e', '#d4652b', '#8250df', '#0757ba', '#cf222e'];
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** \p lines: `{ name, points: [[modules, milliseconds], …], dashed? }`. */
export function plot(title, lines) {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [minX, maxX] = [Math.min(...xs), Math.max(...xs)];
  const [minY, maxY] = [10 ** Math.floor(Math.log10(Math.min(...ys))), 10 ** Math.ceil(Math.log10(Math.max(...ys)))];
  const x = (value) => frame.left + (Math.log(value / minX) / Math.log(maxX / minX)) * (width - frame.left - frame.right);
  const y = (value) => height - frame.bottom - (Math.log(value / minY) / Math.log(maxY / minY)) * (height - frame.top - frame.bottom);
  const at = (number) => number.toFixed(1);
  const rows = [];
  for (let value = minY; value <= maxY; value *= 10)
    rows.push(`<path d="M${frame.left} ${at(y(value))}H${width - frame.right}" class="grid"/><text x="${frame.left - 8}" y="${at(y(value) + 4)}" text-anchor="end" fill="#59636e">${value >= 1000 ? `${value / 1000} s` : `${value} ms`}</text>`);
  for (const value of [...new Set(xs)].sort((a, b) => a - b))
    rows.push(`<path d="M${at(x(value))} ${frame.top}V${height - frame.bottom}" class="grid"/><text x="${at(x(value))}" y="${height - frame.bottom + 20}" text-anchor="middle" fill="#59636e">${value.toLocaleString('en')} modules</text>`);
  // Names stand at the ends of their lines, moved apart where those are close.
  const labels = lines
    .map((line, i) => ({ name: line.name, colour: colours[i % colours.length], y: y(line.points.at(-1)[1]), x: x(line.points.at(-1)[0]) }))
    .sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => { if (i) label.y = Math.max(label.y, labels[i - 1].y + 15); });
  lines.forEach(({ points, dashed }, i) => {
    const colour = colours[i % colours.length];
    rows.push(`<polyline points="${points.map(([a, b]) => `${at(x(a))},${at(y(b))}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`);
    for (const [a, b] of points) rows.push(`<circle cx="${at(x(a))}" cy="${at(y(b))}" r="3.5" fill="${colour}"/>`);
  });
  for (const label of labels) rows.push(`<text x="${at(label.x + 10)}" y="${at(label.y + 4)}" fill="${label.colour}" class="name">${escape(label.name)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<style>text{font:12px system-ui,sans-serif}.name{font-weight:600}.grid{stroke:#8c959f55;fill:none}</style>
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
${rows.join('\n')}
</svg>
`;
}
