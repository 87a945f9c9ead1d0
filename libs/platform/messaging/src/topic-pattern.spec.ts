import { topicMatches } from './topic-pattern.ts';

it.each([
  [['order.placed'], 'order.placed', true],
  [['order.placed'], 'order.packed', false],
  [['order.*'], 'order.packed', true],
  [['order.*'], 'order.packed.late', false],
  [['*.placed'], 'order.placed', true],
  [['order.#'], 'order', true],
  [['order.#'], 'order.packed.late', true],
  [['order.#'], 'catalog.changed', false],
  [['#'], 'anything.at.all', true],
  [['catalog.*', 'order.*'], 'order.placed', true],
  [[], 'order.placed', false],
])('%j means %s: %s', (patterns, topic, expected) => {
  expect(topicMatches(patterns, topic)).toBe(expected);
});
