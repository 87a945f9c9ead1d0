/**
 * A reporter of Jest for tests that take minutes: says when each begins and ends, instead of all at the end of its file.
 * A test that hangs is the last that began.
 */
export default class TestProgress {
  onTestCaseStart(_, { ancestorTitles, title }) {
    say('began', [...ancestorTitles, title]);
  }

  onTestCaseResult(_, { ancestorTitles, title, status, duration }) {
    say(`${status} in ${((duration ?? 0) / 1_000).toFixed(1)} s`, [...ancestorTitles, title]);
  }
}

function say(what, names) {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}: ${names.join(' › ')}\n`);
}
