/** Whether a topic is meant by one of the patterns, as a topic exchange of AMQP 0-9-1 has it; `#` only at the end. */
export function topicMatches(patterns: readonly string[], topic: string): boolean {
  const words = topic.split('.');
  return patterns.some((pattern) => {
    const wanted = pattern.split('.');
    const open = wanted.at(-1) === '#';
    const fixed = open ? wanted.slice(0, -1) : wanted;
    if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
    return fixed.every((word, index) => word === '*' || word === words[index]);
  });
}
