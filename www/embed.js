/**
 * Views of Inceptionscope in any page:
 *
 *     <script type="module" src="https://example.org/inceptionscope/embed.js"></script>
 *     <inception-scope model="googlenet" photo="dandelion" view="module" node="inception4a"></inception-scope>
 *
 * The element is a frame with `embed.html` in it, which loads nothing before it is seen. Frames that stand in a page as
 * `<iframe>` get the height that they tell, too. docs/embedding.md lists the attributes.
 *
 * @module
 */

const HOME = new URL('.', import.meta.url);
const EMBED = new URL('embed.html', HOME);

/** Attributes, and what the address calls them. */
const NAMES = /** @type {const} */ ({
  model: 'model', variant: 'variant', profile: 'profile', weights: 'weights', photo: 'image', crop: 'crop', changes: 'changes',
  engine: 'engine', node: 'node', view: 'view', figure: 'publish',
});
const SETTINGS = /** @type {const} */ ({ language: 'lang', theme: 'theme' });
/** How high a frame is before it has told. */
const HEIGHT = 420;

/** The address of a view. @param {Element} element */
function addressOf(element) {
  const address = new URL(EMBED);
  const hash = new URLSearchParams();
  for (const [name, key] of Object.entries(SETTINGS)) {
    const value = element.getAttribute(name);
    if (value) address.searchParams.set(key, value);
  }
  for (const [name, key] of Object.entries(NAMES)) {
    const value = element.getAttribute(name);
    if (value) hash.set(key, FILES.includes(name) ? place(name, value) : value);
  }
  address.hash = hash.toString();
  return address.href;
}

/** Attributes that may be paths of files, relative to the page that they stand in. */
const FILES = ['weights', 'photo'];

/** A path of a file as an address; names stay as they are. @param {string} name @param {string} value */
function place(name, value) {
  const path = /^\.{0,2}\//.test(value) || (name === 'photo' && /\.\w+$/.test(value));
  return path && URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI).href : value;
}

/** Frames of ours in this page. */
const frames = () => [...document.querySelectorAll('iframe'), ...[...document.querySelectorAll('inception-scope')].flatMap((element) =>
  (element instanceof InceptionScope && element.frame ? [element.frame] : []))];

export class InceptionScope extends HTMLElement {
  static observedAttributes = [...Object.keys(NAMES), ...Object.keys(SETTINGS), 'title'];

  /** @type {HTMLIFrameElement | null} */
  frame = null;

  connectedCallback() {
    if (this.frame) return;
    const frame = document.createElement('iframe');
    frame.loading = 'lazy';
    frame.style.cssText = `display:block;width:100%;height:${HEIGHT}px;border:0`;
    this.frame = frame;
    this.attributeChangedCallback();
    if (getComputedStyle(this).display === 'inline') this.style.display = 'block';
    (this.shadowRoot ?? this.attachShadow({ mode: 'open' })).replaceChildren(frame);
  }

  disconnectedCallback() {
    this.frame = null;
  }

  attributeChangedCallback() {
    const { frame } = this;
    if (!frame) return;
    frame.title = this.getAttribute('title') || 'Inceptionscope';
    const address = addressOf(this);
    // A change after the # alone would not load it anew.
    if (frame.src === address) return;
    if (frame.src && frame.isConnected) {
      frame.removeAttribute('src');
      requestAnimationFrame(() => { frame.src = address; });
    } else {
      frame.src = address;
    }
  }
}

addEventListener('message', ({ source, origin, data }) => {
  if (origin !== HOME.origin || data?.type !== 'inceptionscope-height') return;
  const { height } = data;
  if (!Number.isFinite(height) || height <= 0 || height > 20_000) return;
  const frame = frames().find(({ contentWindow, src }) => contentWindow === source && src.startsWith(EMBED.href));
  if (frame) frame.style.height = `${height}px`;
});

if (!customElements.get('inception-scope')) customElements.define('inception-scope', InceptionScope);
