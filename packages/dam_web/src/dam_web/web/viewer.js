// The viewer: one asset large, the inspector beside it.

import { contentUrl, get, opens, patch, pictureUrl, thumbnailUrl } from "./api.js";
import { kindOf, typeName } from "./format.js";
import { DamIcon, iconName } from "./icons.js";
import { Inspector } from "./inspector.js";
import { isTiny } from "./tile.js";

const WIDE = 900;

export const Viewer = {
  components: { DamIcon, Inspector },
  props: { id: Number, row: Object, previous: Object, next: Object, place: String, revision: Number, tabs: Array },
  emits: ["close", "move", "follow", "search", "trash", "restore", "done"],
  data: () => ({
    asset: null,
    error: null,
    shown: false,
    failed: false,
    bare: false, // no thumbnail could be had either
    fallback: false,
    unplayable: false, // the browser does not know how to play it
    natural: null,
    stage: { width: 0, height: 0 },
    zoom: { on: false, x: 0, y: 0 },
    inspecting: true,
  }),
  computed: {
    about() { return this.asset?.id === this.id ? this.asset : this.row; },
    type() { return this.about?.type; },
    isTrashed() { return Boolean(this.about?.trashed_at); },
    isMissing() { return this.about?.status === "missing"; },
    isPlayable() { return (this.type === "video" || this.type === "audio") && !this.isMissing && !this.unplayable; },
    hasPicture() { return Boolean(this.about && !this.isPlayable && (this.type === "image" || this.under) && !(this.failed && (this.bare || !this.under))); },
    under() { // the list knows it at once; who comes by an address from elsewhere, by the asset itself
      if (this.row?.thumbnail) return this.row.thumbnail.medium ?? this.row.thumbnail.small;
      return this.about?.thumbnails?.medium ? thumbnailUrl(this.about, "medium") : null;
    },
    full() {
      if (!this.hasPicture) return null;
      return this.fallback || this.type !== "image" ? thumbnailUrl(this.about, "large") : pictureUrl(this.about);
    },
    content() { return contentUrl(this.id); },
    opens() { return Boolean(this.about && opens(this.about)); },
    download() { return contentUrl(this.id, true); },
    isTiny() { return isTiny(this.about ?? {}); },
    poster() { return this.under ?? undefined; },
    kind() { return this.about ? kindOf(this.about) : ""; },
    icon() { return this.about ? iconName(this.about.type) : "other"; },
    size() {
      const width = this.about?.width || this.natural?.width;
      const height = this.about?.height || this.natural?.height;
      if (!width || !height || !this.stage.width) return null;
      const largest = this.isTiny ? 512 / Math.max(width, height) : this.type === "image" ? 1 : 4;
      const fit = Math.min(this.stage.width / width, this.stage.height / height, largest);
      return { width: width * fit, height: height * fit, fit };
    },
    frame() {
      if (!this.size) return {};
      const scale = this.zoom.on ? Math.max(1 / this.size.fit, 2) : 1;
      return {
        width: `${this.size.width}px`,
        height: `${this.size.height}px`,
        backgroundColor: this.row?.color ? `#${this.row.color}` : "",
        transform: `translate(${this.zoom.x}px, ${this.zoom.y}px) scale(${scale})`,
      };
    },
    percent() { return this.size ? Math.round(100 * (this.zoom.on ? Math.max(1, 2 * this.size.fit) : this.size.fit)) : null; },
  },
  watch: {
    id() { this.load(); },
    revision() { this.load(true); },
    full() { this.shown = false; },
    about: { immediate: true, handler(about) { document.title = about ? `${about.title || about.filename} · dam` : "dam"; } },
  },
  created() { this.inspecting = innerWidth >= WIDE ? recall("dam-inspector") !== "closed" : true; },
  mounted() {
    this.observer = new ResizeObserver(([entry]) => { this.stage = { width: entry.contentRect.width, height: entry.contentRect.height }; });
    this.observer.observe(this.$refs.stage);
    addEventListener("keydown", (this.pressed = (event) => this.key(event))); // wherever the focus is: it is nowhere when its button has gone
    this.$refs.dialog.focus();
    this.load();
  },
  unmounted() {
    this.observer.disconnect();
    document.title = "dam";
    removeEventListener("keydown", this.pressed);
  },
  methods: {
    typeName,
    async load(again = false) {
      if (!again) Object.assign(this, { error: null, failed: false, bare: false, fallback: false, unplayable: false, natural: null, zoom: { on: false, x: 0, y: 0 } });
      const id = this.id;
      const turn = (this.turn = (this.turn ?? 0) + 1); // an answer that is overtaken by a later one is of no use
      try {
        const asset = await get(`/assets/${id}`);
        if (turn === this.turn) this.asset = asset;
      } catch (error) {
        if (id === this.id && !again) this.error = error;
      }
      for (const neighbour of [this.next, this.previous]) {
        if (neighbour?.type === "image") new Image().src = pictureUrl(neighbour);
      }
    },
    loaded(event) {
      this.shown = true;
      this.natural = { width: event.target.naturalWidth, height: event.target.naturalHeight };
    },
    broken() {
      if (this.type === "image" && !this.fallback && this.full === this.content) this.fallback = true;
      else this.failed = true;
    },
    toggleInspector() {
      this.inspecting = !this.inspecting;
      remember("dam-inspector", this.inspecting ? "open" : "closed");
    },
    toggleZoom(event) {
      if (!this.size || this.dragged) return;
      if (this.zoom.on) return void (this.zoom = { on: false, x: 0, y: 0 });
      const scale = Math.max(1 / this.size.fit, 2);
      const box = this.$refs.stage.getBoundingClientRect();
      const [x, y] = event?.clientX !== undefined ? [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2] : [0, 0];
      this.zoom = this.bounded(-x * (scale - 1), -y * (scale - 1), scale);
    },
    bounded(x, y, scale = Math.max(1 / this.size.fit, 2)) {
      const most = (length, room) => Math.max(0, (length * scale - room) / 2);
      const limit = (value, edge) => Math.min(edge, Math.max(-edge, value));
      return {
        on: true,
        x: limit(x, most(this.size.width, this.stage.width)),
        y: limit(y, most(this.size.height, this.stage.height)),
      };
    },
    grab(event) {
      this.dragged = false;
      if (!this.zoom.on || event.button) return;
      const begin = { x: event.clientX - this.zoom.x, y: event.clientY - this.zoom.y, fromX: event.clientX, fromY: event.clientY };
      const move = (to) => {
        if (Math.hypot(to.clientX - begin.fromX, to.clientY - begin.fromY) > 4) this.dragged = true;
        this.zoom = this.bounded(to.clientX - begin.x, to.clientY - begin.y);
      };
      const drop = () => removeEventListener("pointermove", move);
      addEventListener("pointermove", move);
      addEventListener("pointerup", drop, { once: true });
      addEventListener("pointercancel", drop, { once: true });
    },
    key(event) {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Tab") return this.trap(event);
      if (event.target.closest?.("input, textarea")) return; // what is typed is no key of the viewer
      if (/^[0-5]$/.test(event.key) && this.asset?.id === this.id && !this.isTrashed) return void this.rate(Number(event.key));
      const inMedia = event.target.closest?.("video, audio, summary, a, button");
      const keys = {
        Escape: () => (this.zoom.on ? (this.zoom = { on: false, x: 0, y: 0 }) : this.$emit("close")),
        ArrowLeft: () => this.$emit("move", -1),
        ArrowRight: () => this.$emit("move", 1),
        Home: () => this.$emit("move", -Infinity),
        End: () => this.$emit("move", Infinity),
        i: () => this.toggleInspector(),
        t: () => this.tag(),
        z: () => this.toggleZoom(),
        Delete: () => this.about && !this.isTrashed && this.$emit("trash", [this.id]),
      };
      if (!keys[event.key] || (inMedia?.matches("video, audio") && event.key !== "Escape")) return;
      event.preventDefault();
      keys[event.key]();
    },
    /** What a person said of it is kept: show the asset as it is now. */
    said(asset, told, action) {
      if (asset.id === this.id) this.asset = asset;
      this.$emit("done", told, action);
    },
    async rate(rating) {
      try {
        const { action, ...asset } = await patch(`/assets/${this.id}`, { rating });
        this.said(asset, rating ? `${"★".repeat(rating)} given` : "Stars taken away", action);
      } catch (error) {
        this.$emit("done", error.message);
      }
    },
    tag() {
      this.inspecting = true;
      this.$nextTick(() => this.$refs.inspector?.$refs.said.toTags());
    },
    trap(event) {
      const stops = [...this.$refs.dialog.querySelectorAll("button:not(:disabled), a[href], input, textarea, summary, video, audio")].filter((one) => one.offsetParent);
      const [first, last] = [stops[0], stops[stops.length - 1]];
      const at = document.activeElement;
      const leaving = !this.$refs.dialog.contains(at) || (event.shiftKey ? [first, this.$refs.dialog].includes(at) : at === last);
      if (!leaving || !first) return;
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    },
  },
  template: `
    <div class="dam-viewer" ref="dialog" role="dialog" aria-modal="true" :aria-label="about ? about.filename : 'Asset'" tabindex="-1"
         :class="{ 'dam-inspecting': inspecting }">
      <div class="dam-viewer-bar">
        <button class="dam-button" type="button" aria-label="Back to the library" title="Close (Esc)" @click="$emit('close')"><DamIcon name="close" /></button>
        <span class="dam-viewer-name">{{ about ? about.filename : "" }}</span>
        <span class="dam-viewer-place">{{ place }}</span>
        <button v-if="hasPicture && size" class="dam-button dam-zoom" type="button" title="Fit or full size (Z)" :aria-pressed="zoom.on" @click="toggleZoom()">
          <DamIcon name="zoom" /><span>{{ percent }} %</span></button>
        <a v-if="opens" class="dam-button dam-open" :href="content" target="_blank" rel="noopener" aria-label="Open the original in a new tab" title="Open the original in a new tab">
          <DamIcon name="open" /><span v-if="type !== 'image'">Open</span></a>
        <a v-if="!isMissing" class="dam-button" :href="download" aria-label="Download the original" title="Download the original"><DamIcon name="download" /></a>
        <button v-if="isTrashed" class="dam-button" type="button" aria-label="Restore" title="Take out of the trash" @click="$emit('restore', [id])"><DamIcon name="restore" /></button>
        <button v-else class="dam-button" type="button" aria-label="Move to trash" title="Move to trash (Delete)" :disabled="!about" @click="$emit('trash', [id])"><DamIcon name="trash" /></button>
        <button class="dam-button" type="button" aria-label="Details" title="Details (I)" :aria-pressed="inspecting" @click="toggleInspector"><DamIcon name="info" /></button>
      </div>
      <div class="dam-stage-box">
        <div class="dam-stage" ref="stage">
          <div v-if="error" class="dam-card-large" role="alert"><DamIcon name="warning" /><p>{{ error.message }}</p></div>
          <div v-else-if="hasPicture" class="dam-frame" :class="{ 'dam-zoomed': zoom.on, 'dam-tiny': isTiny }" :style="frame" @click="toggleZoom" @pointerdown="grab">
            <img v-if="under" class="dam-under" :key="'under' + id" :src="under" alt="" draggable="false" @load="natural ??= { width: $event.target.naturalWidth, height: $event.target.naturalHeight }" @error="bare = true">
            <img class="dam-full" :key="full" :src="full" :alt="about.title || about.filename" :class="{ 'dam-shown': shown }" draggable="false" @load="loaded" @error="broken">
          </div>
          <video v-else-if="type === 'video' && isPlayable" :key="'video' + id" class="dam-media" :src="content" :poster="poster" controls preload="metadata" :aria-label="about.filename" @error="unplayable = true"></video>
          <div v-else-if="about" class="dam-card-large">
            <img v-if="type === 'audio' && under" class="dam-cover" :src="under" alt=""><DamIcon v-else :name="icon" /><p>{{ about.filename }}</p>
            <audio v-if="type === 'audio' && isPlayable" :key="'audio' + id" :src="content" controls preload="metadata" :aria-label="about.filename" @error="unplayable = true"></audio>
            <template v-else>
              <span class="dam-chip">{{ kind }}</span>
              <a v-if="opens" class="dam-action" :href="content" target="_blank" rel="noopener">Open</a>
              <a v-if="!isMissing" class="dam-action" :href="download">Download</a>
              <p v-else class="dam-quiet">The file is missing.</p>
              <p v-if="unplayable" class="dam-quiet">This browser cannot play it.</p>
            </template>
          </div>
        </div>
        <p v-if="unplayable && hasPicture" class="dam-stage-note">This browser cannot play it. <a :href="download">Download</a></p>
        <button class="dam-button dam-step dam-step-back" type="button" aria-label="Previous" :disabled="!previous" @click="$emit('move', -1)"><DamIcon name="back" /></button>
        <button class="dam-button dam-step dam-step-forward" type="button" aria-label="Next" :disabled="!next" @click="$emit('move', 1)"><DamIcon name="forward" /></button>
      </div>
      <aside v-if="inspecting" class="dam-inspector" aria-label="Details">
        <Inspector v-if="asset && asset.id === id" ref="inspector" :asset="asset" :plugins="tabs" @said="said" @follow="$emit('follow', $event)" @search="$emit('search', $event)" />
        <p v-else-if="!error" class="dam-quiet">Loading…</p>
      </aside>
    </div>`,
};

function recall(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* a browser that keeps nothing */ }
}
