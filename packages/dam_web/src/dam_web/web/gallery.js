// The page: header, grid and viewer. It reads the REST interface by itself; the server holds nothing of it.

import { fromAddress, idInAddress, SORTS, toAddress } from "dam-web/address.js";
import { get, listPath, request } from "dam-web/api.js";
import { Changes } from "dam-web/changes.js";
import { count, typeName } from "dam-web/format.js";
import { Grid } from "dam-web/grid.js";
import { DamIcon } from "dam-web/icons.js";
import { Jobs } from "dam-web/jobs.js";
import { Keys } from "dam-web/keys.js";
import { Questions } from "dam-web/questions.js";
import { TAG_BAR, TagField, Tagging } from "dam-web/tags.js";
import { Trash, TRASH_BARS, TRASH_NOTE } from "dam-web/trash.js";
import { Viewer } from "dam-web/viewer.js";

const PAGE = 150;
const LARGEST_PAGE = 500;
const TYPING = 250; // milliseconds that a person may take between two letters
const THEMES = ["auto", "light", "dark"];

export default {
  components: { DamIcon, Jobs, Keys, Questions, TagField, Viewer },
  mixins: [Changes, Trash, Tagging],
  props: { tabs: { type: Array, default: () => [] } },
  data: () => ({
    ...fromAddress(),
    state: "loading",
    error: null,
    shown: 0,
    complete: false,
    showsJobs: false,
    showsKeys: false,
    open: null, // {id, index}
    revision: 0,
    theme: document.documentElement.dataset.theme ?? "auto",
    sorts: SORTS,
  }),
  computed: {
    total() { return sum(this.byType) + (this.showsMembers ? this.memberCount : 0); },
    memberCount() { return sum(this.membersByType); },
    showsMembers() { return this.members ?? Boolean(this.query.trim()); }, // as the server does where nothing is said
    isFiltered() { return Boolean(this.query || this.types.length); },
    chips() {
      const numbers = Object.fromEntries(this.types.map((type) => [type, 0]));
      for (const part of [this.byType, this.showsMembers ? this.membersByType : {}]) {
        for (const [type, number] of Object.entries(part)) numbers[type] = (numbers[type] ?? 0) + number;
      }
      const known = Object.entries(numbers).sort((one, other) => other[1] - one[1]);
      return known.map(([type, number]) => ({ type, number: count(number), name: typeName(type, true), chosen: this.types.includes(type) }));
    },
    summary() {
      if (this.state !== "ready" || !this.shown) return "";
      if (!this.isFiltered && this.inTrash) return `${count(this.shown)}${this.complete ? "" : "+"} in the trash`;
      if (!this.isFiltered) return `${count(Math.max(this.total, this.shown))} ${this.total === 1 ? "asset" : "assets"}`;
      return `${count(this.shown)}${this.complete ? "" : "+"} found`;
    },
    row() { return this.open?.index >= 0 ? this.at(this.open.index) : null; },
    place() { return this.open?.index >= 0 ? `${count(this.open.index + 1)} of ${count(this.complete ? this.shown : Math.max(this.shown, this.isFiltered ? 0 : this.total))}` : ""; },
  },
  created() {
    this.items = [];
    this.pages = [];
    this.cursor = null;
    const id = idInAddress();
    if (id) this.open = { id, index: -1 };
  },
  mounted() {
    this.grid = new Grid(this.$refs.scroller, this.$refs.canvas, {
      open: (index) => this.show(index),
      active: () => {},
      near: () => this.more(),
      chosen: (number) => { this.chosen = number; this.chosenChanged(); },
    });
    this.reload();
    addEventListener("popstate", (this.popped = () => this.follow()));
    addEventListener("keydown", (this.pressed = (event) => this.key(event)));
    this.$refs.scroller.focus({ preventScroll: true });
  },
  unmounted() {
    this.grid.destroy();
    removeEventListener("popstate", this.popped);
    removeEventListener("keydown", this.pressed);
  },
  methods: {
    count, typeName,
    at(index) { return this.shown >= 0 ? this.items[index] ?? null : null; },

    // -- the list --------------------------------------------------------------------------------------------------
    path(cursor, limit = PAGE) { return listPath({ query: this.query.trim(), types: this.types, sort: this.sort, cursor, limit, trashed: this.inTrash, members: this.members }); },
    async reload({ quietly = false } = {}) {
      this.asking?.abort();
      const asking = (this.asking = request());
      if (!quietly) this.state = this.items.length ? this.state : "loading";
      try {
        const page = await get(this.path(null), asking);
        if (!quietly) this.$refs.scroller.scrollTop = 0;
        this.pages = [{ cursor: null, limit: PAGE, start: 0, end: page.items.length }];
        this.fresh = 0;
        this.put(page.items, page.next);
        this.error = null;
        this.state = "ready";
      } catch (error) {
        if (error.name === "AbortError") return;
        if (quietly && this.items.length) return; // what is shown is still good; the next change asks again
        this.error = error;
        this.state = "error";
        this.put([], null);
      } finally {
        if (this.asking === asking) this.asking = null;
        asking.end();
      }
    },
    async more(limit = PAGE) {
      if (this.asking || !this.cursor) return false;
      const asking = (this.asking = request());
      try {
        const page = await get(this.path(this.cursor, limit), asking);
        const known = new Set(this.items.map((item) => item.id));
        const items = page.items.filter((item) => !known.has(item.id));
        this.pages.push({ cursor: this.cursor, limit, start: this.items.length, end: this.items.length + items.length });
        this.asking = null;
        this.put([...this.items, ...items], page.next);
        return true;
      } catch {
        return false; // the next scroll asks again
      } finally {
        if (this.asking === asking) this.asking = null;
        asking.end();
      }
    },
    put(items, next) {
      this.items = items;
      this.cursor = next;
      this.shown = items.length;
      this.complete = !next;
      if (this.open) this.open = { id: this.open.id, index: items.findIndex((item) => item.id === this.open.id) };
      this.grid.setItems(items);
      this.chosenChanged();
    },
    /** Load the rest of the list, until another key is pressed; says whether all of it is there. */
    async all() {
      const asked = (this.ending = {});
      while (this.cursor && this.ending === asked) {
        if (this.asking) await this.asking.ended;
        else if (!(await this.more(LARGEST_PAGE))) break;
      }
      return this.ending === asked && !this.cursor;
    },
    async toEnd() {
      if (await this.all()) this.grid.key("End");
    },
    async chooseAll() {
      if (this.cursor) this.tell("Choosing all (Esc leaves it) …");
      this.choosing = true; // other keys do not end it
      const all = await this.all();
      this.choosing = false;
      this.note = null;
      if (all) this.grid.choose(this.items.map((item) => item.id));
    },

    // -- what a person asks for ------------------------------------------------------------------------------------
    typed() {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(), TYPING);
    },
    search() {
      clearTimeout(this.typing);
      history.replaceState(history.state, "", this.address());
      this.grid.active = -1;
      this.reload();
    },
    choose(type) {
      this.types = this.types.includes(type) ? this.types.filter((one) => one !== type) : [...this.types, type];
      this.search();
    },
    chooseMembers() {
      const wanted = !this.showsMembers;
      this.members = wanted === Boolean(this.query.trim()) ? null : wanted;
      this.search();
    },
    clear() {
      Object.assign(this, { query: "", types: [], members: null });
      this.search();
    },
    address(id = this.open?.id) {
      return toAddress(this, id);
    },
    closeSheet() {
      this.showsJobs = this.showsKeys = false;
      this.$nextTick(() => this.$refs.scroller.focus({ preventScroll: true })); // while the sheet is there nothing else takes the focus
    },
    toggleTheme() {
      this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length];
      if (this.theme === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = this.theme;
      try { localStorage.setItem("dam-theme", this.theme); } catch { /* a browser that keeps nothing */ }
    },
    key(event) {
      if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && this.undoable.length && !event.target.closest?.("input, textarea")) {
        event.preventDefault();
        this.undo();
      }
      if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey && !event.target.closest?.("input, select, textarea")) this.showsKeys = true;
      if (this.open || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      const typing = event.target.closest?.("input, select, textarea");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        this.$refs.search.select();
        this.$refs.search.focus();
      } else if (event.key === "Escape" && typing) {
        this.$refs.scroller.focus();
      }
    },
    gridKey(event) {
      if (event.key === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        this.chooseAll();
      }
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (!this.choosing || event.key === "Escape") this.ending = null;
      if (event.key === "Delete" && !this.inTrash) this.throwAway();
      else if (event.key === "t" && this.meant().length && !this.inTrash) this.beginTagging();
      else if (event.key === " ") this.grid.toggle();
      else if (event.key === "Escape" && this.chosen) this.grid.choose(null);
      else if (event.shiftKey && this.grid.stretch(event.key)) return void event.preventDefault();
      else if (event.key === "End") this.toEnd();
      else if (!this.grid.key(event.key)) return;
      event.preventDefault();
    },

    // -- the viewer ------------------------------------------------------------------------------------------------
    show(index) {
      const item = this.items[index];
      if (!item) return;
      history.pushState({ viewer: true }, "", this.address(item.id));
      this.open = { id: item.id, index };
    },
    jump(id) {
      history.pushState({ viewer: true }, "", this.address(id));
      this.open = { id, index: this.items.findIndex((item) => item.id === id) };
    },
    find(query) {
      Object.assign(this, { query, types: [], inTrash: false });
      history.pushState(null, "", this.address(null));
      this.left();
      this.search();
      this.countTypes();
    },
    async move(step) {
      if (step > 0 && this.open.index + step >= this.items.length) await this.more();
      const index = Math.min(this.items.length - 1, Math.max(0, this.open.index + step));
      if (this.open.index < 0 || index === this.open.index) return;
      this.open = { id: this.items[index].id, index };
      history.replaceState(history.state, "", this.address());
      this.grid.activate(index);
    },
    close() {
      if (history.state?.viewer) return history.back();
      history.replaceState(null, "", this.address(null));
      this.left();
    },
    follow() {
      const id = idInAddress();
      const asked = { ...fromAddress(), inTrash: new URLSearchParams(location.search).has("trash") };
      if (Object.entries(asked).some(([name, value]) => String(value) !== String(this[name]).trim())) {
        const turned = asked.inTrash !== this.inTrash;
        Object.assign(this, asked);
        if (turned) this.otherList();
        else this.reload();
        this.countTypes();
      }
      if (id) this.open = { id, index: this.items.findIndex((item) => item.id === id) };
      else this.left();
    },
    left() {
      this.open = null;
      this.$nextTick(() => this.$refs.scroller.focus({ preventScroll: true }));
    },

    toTop() {
      this.$refs.scroller.scrollTop = 0;
      this.reload();
      this.$refs.scroller.focus({ preventScroll: true });
    },
  },
  template: `
    <div class="dam-page">
      <header class="dam-header" :inert="open !== null">
        <h1 class="dam-brand"><a href="/" aria-label="dam, the library" @click.exact.prevent="clear">
          <svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" /><path d="M8.5 7h7a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 13.5v-5A1.5 1.5 0 0 1 8.5 7zM16.5 17h7a1.5 1.5 0 0 1 1.5 1.500v5a1.5 1.5 0 0 1-1.5 1.500h-7a1.5 1.5 0 0 1-1.5-1.500v-5a1.5 1.5 0 0 1 1.5-1.500z" /><path opacity=".65" d="M20.5 7h3A1.5 1.5 0 0 1 25 8.500v5a1.5 1.5 0 0 1-1.5 1.500h-3a1.5 1.5 0 0 1-1.5-1.500v-5A1.5 1.5 0 0 1 20.5 7zM8.5 17h3a1.5 1.5 0 0 1 1.5 1.500v5a1.5 1.5 0 0 1-1.5 1.500h-3A1.5 1.5 0 0 1 7 23.500v-5A1.5 1.5 0 0 1 8.5 17z" /></svg>
          <span>dam</span></a></h1>
        <form class="dam-search" role="search" @submit.prevent="search">
          <DamIcon name="search" />
          <input ref="search" type="search" v-model="query" @input="typed" placeholder="Search names, folders, tags…" aria-label="Search" autocomplete="off" spellcheck="false"
                 title="Words, or tag:animal  type:video  path:2019/  name:…  date:2019..2021  size:>10MB  rating:>=4  -not">
          <kbd v-if="!query" aria-hidden="true">/</kbd>
        </form>
        <div class="dam-tools">
          <label class="dam-sort"><span class="dam-hidden">Sort by</span>
            <select v-model="sort" @change="search"><option v-for="[value, name] in sorts" :key="value" :value="value">{{ name }}</option></select></label>
          <button v-if="trashed || inTrash" class="dam-button" type="button" :aria-label="'Trash: ' + trashed" title="Trash" :aria-pressed="inTrash" @click="toTrash(!inTrash)"><DamIcon name="trash" />{{ count(trashed) }}</button>
          <button class="dam-button" type="button" aria-label="Work in the background" title="Work in the background" aria-haspopup="dialog" @click="showsJobs = true"><DamIcon name="jobs" /></button>
          <button class="dam-button dam-help" type="button" aria-label="Keys" title="Keys (?)" aria-haspopup="dialog" @click="showsKeys = true"><b aria-hidden="true">?</b></button>
          <button class="dam-button" type="button" :aria-label="'Colours: ' + theme" :title="'Colours: ' + theme" @click="toggleTheme"><DamIcon name="theme" /></button>
        </div>
        <div class="dam-filters">
          <div class="dam-chips" role="group" aria-label="Types">
            <button v-for="chip in chips" :key="chip.type" class="dam-filter" type="button" :aria-pressed="chip.chosen" @click="choose(chip.type)">{{ chip.name }} <span>{{ chip.number }}</span></button>
          </div>
          <button v-if="memberCount" class="dam-filter" type="button" :aria-pressed="showsMembers" :aria-label="'Inside archives: ' + memberCount" title="Show what lies inside archives as well" @click="chooseMembers">
            <DamIcon name="archive" /><b>Inside archives</b> <span>{{ count(memberCount) }}</span></button>
          <span v-if="progress || looking" class="dam-progress-text" role="status"><button type="button" title="Show the work in the background" @click="showsJobs = true">{{ progress || looking }}</button></span>
          <span class="dam-summary" role="status">{{ summary }}</span>
        </div>
        <p v-for="trouble in troubles" :key="trouble" class="dam-bar dam-trouble" role="alert"><DamIcon name="warning" /><span>{{ trouble }}</span>
          <button class="dam-button" type="button" aria-label="Dismiss" @click="dismissed.push(trouble)"><DamIcon name="close" /></button></p>
        ${TRASH_BARS}
        ${TAG_BAR}
        <div class="dam-progress" role="progressbar" aria-label="Analysed" aria-valuemin="0" :aria-valuemax="counts ? counts.total : 0" :aria-valuenow="counts ? counts.done : 0" :hidden="!isWorking">
          <div :style="{ transform: 'scaleX(' + doneShare + ')' }"></div></div>
      </header>

      <main class="dam-main" :inert="open !== null">
        <div ref="scroller" class="dam-scroller" role="grid" aria-multiselectable="true" tabindex="0" aria-label="Assets" :aria-busy="state === 'loading'" @keydown="gridKey">
          <div ref="canvas" class="dam-canvas" role="presentation"></div>
        </div>
        <button v-if="fresh" class="dam-pill" type="button" @click="toTop"><DamIcon name="up" />{{ count(fresh) }} new</button>
        <div v-if="state === 'loading'" class="dam-skeleton" aria-label="Loading" role="status"><i v-for="number in 24" :key="number"></i></div>
        <div v-else-if="state === 'error'" class="dam-message" role="alert">
          <DamIcon name="warning" /><template v-if="error.status === 400"><h2>This search is not understood</h2><p>{{ error.message }}</p></template>
          <template v-else><h2>That did not work</h2><p>{{ error.message }}</p><button class="dam-action" type="button" @click="reload()">Try again</button></template></div>
        <div v-else-if="!shown && isFiltered" class="dam-message">
          <DamIcon name="search" /><h2>Nothing found</h2><p>No asset fits this search.</p><button class="dam-action" type="button" @click="clear">Show everything</button></div>
        <div v-else-if="!shown && inTrash" class="dam-message"><DamIcon name="trash" /><h2>The trash is empty</h2></div>
        <div v-else-if="!shown && looking" class="dam-message"><DamIcon name="folder" /><h2>{{ looking }}</h2><p>The first files appear as soon as they are read.</p></div>
        <div v-else-if="!shown" class="dam-message">
          <DamIcon name="folder" /><h2>Nothing here yet</h2><p>Point dam at a folder; its files stay where they are.</p><code>dam serve PATH</code></div>
      </main>

      <Viewer v-if="open" :id="open.id" :row="row" :previous="open.index > 0 ? at(open.index - 1) : null" :next="open.index >= 0 ? at(open.index + 1) : null"
              :place="place" :revision="revision" :tabs="tabs" @close="close" @move="move" @follow="jump" @search="find" @trash="throwAway" @restore="takeBack" @done="tell" />
      <Jobs v-if="showsJobs" :counts="counts" :activity="activity" :rate="rate" @close="closeSheet" @follow="(id) => { closeSheet(); jump(id); }" @done="tell" />
      <Keys v-if="showsKeys" @close="closeSheet" />
      ${TRASH_NOTE}
      <Questions :conversations="conversations" @changed="answered" />
    </div>`,
};

const sum = (numbers) => Object.values(numbers).reduce((total, number) => total + number, 0);
