// Where everything of the figure lies, for every network: nothing overlaps, every op is there once, lines lead from writer to
// reader and pass nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout, readersOf } from '../../www/page/figure/layout.js';
import { drawnOf } from '../../www/page/graph.js';
import { BLANK, blank, prepare } from './harness/prepare.js';

/**
 * @typedef {import('../../www/page/graph.js').Graph} Graph
 * @typedef {import('../../www/page/figure/layout.js').Box} Box
 * @typedef {import('../../www/page/figure/layout.js').Point} Point
 */

const { site, browser } = await prepare({ site: { pages: BLANK } });

/** Rooms: a phone, a desktop, a wide screen. */
const ASPECTS = [0.55, 1.6, 2.6];

/** Every network that there is, in every variant. @returns {Promise<Graph[]>} */
async function networks() {
  const { page } = await blank(browser, site);
  const graphs = await page.evaluate(async () => {
    const { models, open } = /** @type {any} */ (window).module;
    const found = [];
    for (const { id, variants } of await models()) {
      for (const variant of [null, ...variants]) {
        const scope = await open({ model: id, variant, engine: 'cpu' });
        found.push(scope.graph);
        await scope.dispose();
      }
    }
    return found;
  });
  await page.close();
  return graphs;
}

const graphs = await networks();

/** Rounding. */
const SLACK = 0.01;
/** @param {Box} a @param {Box} b */
const overlap = (a, b) =>
  a.x + a.width > b.x + SLACK && b.x + b.width > a.x + SLACK && a.y + a.height > b.y + SLACK && b.y + b.height > a.y + SLACK;
/** @param {Box} inner @param {Box} outer */
const within = (inner, outer) =>
  inner.x >= outer.x - SLACK && inner.y >= outer.y - SLACK &&
  inner.x + inner.width <= outer.x + outer.width + SLACK && inner.y + inner.height <= outer.y + outer.height + SLACK;
/** @param {Point} point @param {Box} box */
const inside = ([x, y], box) => within({ x, y, width: 0, height: 0 }, box);
/**
 * The boxes between the corners of a line: each of its straight parts as a box without an area.
 * @param {Point[]} points
 * @returns {Box[]}
 */
const parts = (points) => points.slice(1).map(([x, y], i) => {
  const [px, py] = points[i];
  return { x: Math.min(x, px), y: Math.min(y, py), width: Math.abs(x - px), height: Math.abs(y - py) };
});
/** Whether a part of a line goes through a box, not only along its edge. @param {Box} part @param {Box} box */
const crosses = (part, box) =>
  overlap(
    { ...part, width: part.width + 4 * SLACK, height: part.height + 4 * SLACK },
    { x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2 },
  );

test('the networks are the ones that there are', () => {
  assert.ok(graphs.length >= 19, `${graphs.length} networks`);
  assert.ok(graphs.some((graph) => graph.model === 'inception_resnet_v2' && graph.modules.length > 40));
});

for (const graph of graphs) {
  for (const aspect of ASPECTS) {
    const name = `${graph.model}${graph.variant ? `:${graph.variant}` : ''} in a room of ${aspect} to 1`;
    const { width, height, cards, ops, edges } = layout(graph, aspect);
    const whole = { x: 0, y: 0, width, height };
    const drawn = graph.modules.flatMap((_, i) => drawnOf(graph, i).map((node) => node.id));
    const boxOf = new Map(ops.map((op) => [op.node.id, op]));

    test(`every op is there once, and every module: ${name}`, () => {
      assert.deepEqual(ops.map((op) => op.node.id).sort(), drawn.sort());
      assert.deepEqual(cards.map((card) => card.index), graph.modules.map((_, i) => i));
      // Whatever is computed in a step of its own has a map, but for concats within a module.
      const blind = ops.filter((op) => !op.map && op.kind === 'op');
      assert.deepEqual(blind, []);
      for (const { output } of graph.modules) assert.ok(boxOf.get(output)?.map, `${output} has no map`);
    });

    test(`nothing overlaps: ${name}`, () => {
      for (const [i, card] of cards.entries()) {
        assert.ok(within(card.box, whole), `${graph.modules[i].id} is not within the figure`);
        for (const other of cards.slice(i + 1)) {
          assert.ok(!overlap(card.box, other.box), `${graph.modules[i].id} overlaps ${graph.modules[other.index].id}`);
        }
        const own = ops.filter((op) => op.node.module === i);
        for (const [j, op] of own.entries()) {
          assert.ok(within(op.box, card.box), `${op.node.id} is not within its module`);
          assert.ok(within(op.plate, op.box) && (!op.map || within(op.map, op.plate)), `${op.node.id}: its map`);
          assert.ok(!card.answer || !overlap(op.box, card.answer), `${op.node.id} lies over the prediction`);
          for (const other of own.slice(j + 1)) assert.ok(!overlap(op.box, other.box), `${op.node.id} overlaps ${other.node.id}`);
        }
        assert.ok(!card.answer || within(card.answer, card.box));
      }
    });

    test(`the ranges of a concat are to scale: ${name}`, () => {
      for (const { node, box, segments } of ops.filter((op) => op.kind === 'concat')) {
        assert.deepEqual(segments.map(({ node, from, to }) => ({ node, from, to })), node.parts);
        for (const { x, width, from, to } of segments) {
          assert.ok(Math.abs((x - box.x) / box.width - from / node.shape[0]) < 1e-6, `${node.id} from ${from}`);
          assert.ok(Math.abs(width / box.width - (to - from) / node.shape[0]) < 1e-6, `${node.id} to ${to}`);
        }
      }
    });

    test(`lines lead from writer to reader, and through nothing else: ${name}`, () => {
      const reads = readersOf(graph);
      const wanted = drawn.flatMap((id) => reads(id).map((from) => `${from} → ${id}`));
      assert.deepEqual(edges.map(({ from, to }) => `${from} → ${to}`).sort(), wanted.sort());
      for (const { from, to, points, trunk } of edges) {
        const [writer, reader] = [boxOf.get(from), boxOf.get(to)];
        assert.ok(writer && reader);
        const line = `${from} → ${to}`;
        const start = trunk[0] ?? points[0];
        assert.ok(inside(start, writer.box) && Math.abs(start[1] - writer.box.y - writer.box.height) < SLACK, `${line} begins elsewhere`);
        assert.ok(inside(/** @type {Point} */ (points.at(-1)), reader.box), `${line} ends elsewhere`);
        assert.equal(trunk.length > 0, writer.node.module !== reader.node.module, line);
        if (trunk.length) {
          const card = cards[reader.node.module].box;
          const [, y] = /** @type {Point} */ (trunk.at(-1));
          assert.ok(Math.abs(y - card.y) < SLACK && inside(points[0], card), `${line} does not come in on top`);
          // Straight down or across, past all other modules.
          for (const part of parts(trunk)) {
            assert.ok(part.width < SLACK || part.height < SLACK, `${line} is oblique`);
            const hit = cards.find((other) => other.index !== writer.node.module && crosses(part, other.box));
            assert.ok(!hit, `${line} goes through ${hit && graph.modules[hit.index].id}`);
          }
        }
        for (const part of parts(points).filter(({ width, height }) => width < SLACK || height < SLACK)) {
          const hit = ops.find((op) => op !== writer && op !== reader && crosses(part, op.box));
          assert.ok(!hit, `${line} goes through ${hit?.node.id}`);
        }
      }
    });
  }
}
