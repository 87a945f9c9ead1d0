/** The page: what it shows is in the fragment of its address; what it knows comes from the BFF that served it. */

const ANSWERS_SHOWN = 8;
const ASK_AGAIN_MS = 1_000;

const view = document.querySelector('#view');
const answers = document.querySelector('#answers');
const orders = document.querySelector('#orders');
const search = document.querySelector('#search');
const keepAsking = document.querySelector('#keep-asking');

/** An element with attributes and children; texts are texts, never markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const money = ({ amountMinor, currency }) =>
  new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(amountMinor / 100);

/** Asks the BFF, and says in the strip who answered. */
async function ask(path, { method = 'GET', body, headers = {}, fresh = false } = {}) {
  const startedAt = performance.now();
  const request = {
    method,
    headers: {
      ...headers,
      ...(body && { 'Content-Type': 'application/json' }),
      ...(method !== 'GET' && { 'X-Portolan-Csrf': '1' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    // What happened a moment ago is what one wants to see: neither the browser's copy nor the BFF's.
    cache: fresh || keepAsking.checked ? 'reload' : 'no-cache',
  };
  try {
    const response = await fetch(path, request);
    const answer = response.headers.get('Content-Type')?.includes('json') ? await response.json() : undefined;
    noteAnswer(`${method} ${path}`, response, answer, performance.now() - startedAt);
    return { ok: response.ok, status: response.status, answer };
  } catch (error) {
    note(element('span', { class: 'failed' }, `${method} ${path}: no answer (${error.message})`));
    return { ok: false, status: 0, answer: { detail: 'no answer came' } };
  }
}

function noteAnswer(what, response, answer, durationMs) {
  const servedBy = response.headers.get('Portolan-Served-By') ?? '';
  const instances = [...servedBy.matchAll(/instance="([^"]+)"/g)].map(([, instance]) => instance);
  const age = response.headers.get('Age');
  const missing = answer?.missing ?? [];
  note(
    element('span', { class: response.ok ? 'good' : 'failed' }, String(response.status)),
    ` ${what} ${Math.round(durationMs)} ms `,
    age === null ? instances.join(' · ') || 'nobody asked' : `kept for ${age} s`,
    missing.length > 0 ? element('span', { class: 'missing' }, ` missing: ${missing.join(', ')}`) : undefined,
    response.ok ? undefined : element('span', { class: 'failed' }, ` ${answer?.code ?? ''}`),
  );
}

function note(...parts) {
  answers.prepend(element('li', {}, ...parts.filter((part) => part !== undefined)));
  while (answers.children.length > ANSWERS_SHOWN) answers.lastElementChild.remove();
}

const stockText = (stock) => (stock === undefined ? 'stock unknown just now' : `${stock.available} in stock`);
const ratingText = (rating) => {
  if (rating === undefined) return 'reviews unknown just now';
  return rating.average === null ? 'no reviews yet' : `${rating.average} ★ (${rating.count})`;
};

const missingNote = (missing) =>
  missing === undefined
    ? undefined
    : element('p', { class: 'missing', id: 'missing' }, `Could not be had just now: ${missing.join(', ')}`);

function showList({ items, total, missing }) {
  const cards = items.map((product) =>
    element(
      'li',
      { class: 'card' },
      element('a', { href: `#product/${encodeURIComponent(product.id)}` }, product.name),
      element('div', {}, product.brand),
      element('div', { class: 'price' }, money(product.price)),
      element('div', {}, `${stockText(product.stock)} · ${ratingText(product.rating)}`),
    ),
  );
  show(element('p', {}, `${total} products`), missingNote(missing), element('ul', { class: 'cards' }, ...cards));
}

function showProduct(product) {
  const reviews = (product.reviews ?? []).map(({ author, stars, title, text }) =>
    element('li', {}, `${'★'.repeat(stars)} ${title}: ${text} (${author})`),
  );
  show(
    element('h2', {}, product.name),
    element('p', {}, product.description),
    element('p', { class: 'price' }, money(product.price)),
    element('p', { id: 'stock' }, stockText(product.stock)),
    missingNote(product.missing),
    element('button', { id: 'order', onclick: () => void placeOrder(product) }, 'Order one'),
    element('p', {}, ratingText(product.rating)),
    element('ul', {}, ...reviews),
  );
}

const showProblem = ({ detail, fix }) => {
  show(element('p', { class: 'failed', id: 'problem' }, detail), fix && element('p', {}, fix));
};

function show(...parts) {
  view.replaceChildren(...parts.filter(Boolean));
}

/** A visitor gets a name at the first order: the shop of a demo asks for no password. */
let loggedIn;
const logIn = () =>
  (loggedIn ??= ask('login', { method: 'POST', body: { user: `guest-${crypto.randomUUID().slice(0, 8)}` } }));

async function placeOrder(product) {
  const button = document.querySelector('#order');
  if (button) button.disabled = true;
  const line = element('div', { class: 'order' }, `${product.name}: `);
  const status = element('strong', { class: 'status' }, 'being placed');
  line.append(status);
  orders.prepend(line);
  const { ok: isIn } = await logIn();
  if (!isIn) loggedIn = undefined;
  // The same key until there is an answer: sent again, it is the same order.
  const key = crypto.randomUUID();
  const { ok, answer } = await retried(() =>
    ask('orders', {
      method: 'POST',
      headers: { 'Idempotency-Key': key },
      body: { lines: [{ productId: product.id, quantity: 1 }] },
    }),
  );
  if (button) button.disabled = false;
  if (!ok) {
    status.textContent = answer?.detail ?? 'failed';
    status.className = 'status failed';
    return;
  }
  follow(answer.id, status);
  void render({ fresh: true });
}

async function retried(send, attempts = 5) {
  for (;;) {
    const result = await send();
    attempts -= 1;
    if (attempts === 0 || (result.status !== 0 && result.status < 500)) return result;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Shows what becomes of an order, as the BFF tells it. */
function follow(id, shown) {
  const stream = new EventSource(`orders/${encodeURIComponent(id)}/events`);
  stream.addEventListener('status', ({ data }) => {
    const { status } = JSON.parse(data);
    shown.textContent = status;
    shown.className = `status status-${status}`;
    note(`order ${id} is ${status}`);
    if (status === 'shipped') stream.close();
  });
}

async function render({ fresh = false } = {}) {
  const [kind, id] = location.hash.slice(1).split('/');
  const q = new FormData(search).get('q').trim();
  const path =
    kind === 'product' ? `products/${id}` : `products?limit=24${q === '' ? '' : `&q=${encodeURIComponent(q)}`}`;
  const { ok, answer } = await ask(path, { fresh });
  if (!ok) showProblem(answer ?? { detail: 'the shop cannot answer' });
  else if (kind === 'product') showProduct(answer);
  else showList(answer);
}

search.addEventListener('submit', (event) => {
  event.preventDefault();
  if (location.hash === '') void render();
  else location.hash = '';
});
addEventListener('hashchange', () => void render());
setInterval(() => {
  if (keepAsking.checked) void render();
}, ASK_AGAIN_MS);
void render();
