// Tags: the field in which they are typed, and giving them to all that is chosen, as a part of the page.

import { get, post } from "./api.js";
import { assets, count } from "./format.js";
import { DamIcon } from "./icons.js";

const OFFERED = 8;
const TYPING = 120; // milliseconds that a person may take between two letters

/** A tag as the server keeps it: no blanks around it or its levels. */
const cleanTag = (text) => text.split("/").map((level) => level.trim()).filter(Boolean).join("/");

/** A field for a tag, which offers those that there are, the most used first; `known` are not offered. */
export const TagField = {
  props: { label: String, known: { type: Array, default: () => [] } },
  emits: ["give", "leave"],
  data: () => ({ text: "", offered: [], at: -1, isOpen: false }),
  computed: {
    shown() { return this.isOpen ? this.offered.filter((one) => !this.known.includes(one.name)).slice(0, OFFERED) : []; },
  },
  unmounted() { clearTimeout(this.typing); },
  methods: {
    count,
    focus() { this.$refs.input.focus(); },
    typed() {
      clearTimeout(this.typing);
      this.at = -1;
      this.typing = setTimeout(() => this.offer(), TYPING);
    },
    async offer() {
      const text = this.text.trim();
      const turn = (this.turn = (this.turn ?? 0) + 1);
      try {
        const { items } = await get(`/tags?${new URLSearchParams({ text, limit: OFFERED + this.known.length })}`);
        if (turn !== this.turn) return;
        const marked = this.shown[this.at]?.name; // by a key that was pressed before this came
        Object.assign(this, { offered: items, isOpen: document.activeElement === this.$refs.input });
        this.at = this.shown.findIndex((one) => one.name === marked);
      } catch { /* a tag can be typed without */ }
    },
    close() { Object.assign(this, { isOpen: false, at: -1 }); },
    give(name) {
      const tags = name ? [name] : this.text.split(",").map((one) => one.trim()).filter(Boolean);
      if (!tags.length) return;
      this.turn++;
      clearTimeout(this.typing);
      this.text = "";
      this.close();
      this.$emit("give", tags);
    },
    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      if (step && !this.isOpen) this.offer();
      else if (step && this.shown.length) this.at = (this.at + step + (this.at < 0 && step < 0 ? 1 : 0) + this.shown.length) % this.shown.length;
      else if (event.key === "Enter" || event.key === ",") this.give(this.shown[this.at]?.name);
      else if (event.key === "Escape" && this.shown.length) this.close();
      else if (event.key === "Escape") this.$emit("leave");
      else return;
      event.preventDefault();
    },
  },
  template: `
    <div class="dam-tag-field" @keydown="key">
      <input ref="input" type="text" v-model="text" maxlength="255" :placeholder="label" :aria-label="label" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="done"
             role="combobox" aria-autocomplete="list" aria-controls="dam-tags-offered" :aria-expanded="shown.length > 0" :aria-activedescendant="at >= 0 ? 'dam-tag-' + at : undefined"
             @input="typed" @focus="offer" @blur="close">
      <ul v-show="shown.length" id="dam-tags-offered" role="listbox" aria-label="Tags that there are">
        <li v-for="(one, index) in shown" :key="one.name" :id="'dam-tag-' + index" role="option" :aria-selected="index === at" @mousedown.prevent @click="give(one.name)">
          <span>{{ one.name }}</span><small>{{ count(one.assets) }}</small></li>
      </ul>
    </div>`,
};

export const Tagging = {
  data: () => ({ tagging: false, carried: [] }), // carried: [{name, number}] of what is chosen
  methods: {
    beginTagging() {
      if (!this.grid.chosen.size) this.grid.toggle();
      this.tagging = true;
      this.chosenChanged();
      this.$nextTick(() => this.$refs.tagField.focus());
    },
    endTagging() {
      this.tagging = false;
      this.$refs.scroller.focus({ preventScroll: true });
    },
    chosenChanged() {
      if (!this.chosen) this.tagging = false;
      if (!this.tagging) return;
      const numbers = new Map();
      const listed = new Map(this.items.map((item) => [item.id, item.tags]));
      // what is chosen may have left the list, whose end is loaded anew when it is asked for
      this.tagsOf = new Map([...this.grid.chosen].map((id) => [id, listed.get(id) ?? this.tagsOf?.get(id) ?? []]));
      for (const tags of this.tagsOf.values()) {
        for (const tag of tags) numbers.set(tag, (numbers.get(tag) ?? 0) + 1);
      }
      this.carried = [...numbers].map(([name, number]) => ({ name, number })).sort((one, other) => other.number - one.number || (one.name < other.name ? -1 : 1));
    },
    async tagChosen(add, remove = []) {
      const ids = [...this.grid.chosen];
      try {
        const done = await post("/tags", { ids, add, remove });
        const words = [...add.map((tag) => `+ ${tag}`), ...remove.map((tag) => `− ${tag}`)].join(", ");
        this.tell(done.changed ? `${words}: ${assets(done.changed)}` : `${words}: nothing to change`, done.action);
        const kept = (tags) => [...new Set([...tags, ...add.map(cleanTag)])].filter((tag) => !remove.includes(tag)).sort();
        for (const id of ids.filter((one) => this.tagsOf.has(one))) this.tagsOf.set(id, kept(this.tagsOf.get(id)));
        for (const item of this.items.filter((one) => this.tagsOf.has(one.id))) item.tags = this.tagsOf.get(item.id);
        this.chosenChanged();
      } catch (error) {
        this.tell(error.message);
      }
    },
  },
};

/** What the page shows of it: `$root` is the page. */
export const TAG_BAR = `
  <div v-if="tagging && chosen" class="dam-bar dam-tag-bar" role="group" :aria-label="'Tags of ' + chosen + ' chosen'">
    <ul v-if="carried.length" class="dam-tags" aria-label="Tags of what is chosen">
      <li v-for="tag in carried" :key="tag.name">{{ tag.name }}<small v-if="tag.number < chosen">{{ count(tag.number) }} of {{ count(chosen) }}</small>
        <button v-if="tag.number < chosen" type="button" :aria-label="'Give ' + tag.name + ' to all chosen'" title="Give to all chosen" @click="tagChosen([tag.name])">+</button>
        <button type="button" :aria-label="'Take ' + tag.name + ' away'" title="Take away" @click="tagChosen([], [tag.name])">×</button></li>
    </ul>
    <TagField ref="tagField" label="Add a tag…" :known="carried.filter((tag) => tag.number === chosen).map((tag) => tag.name)" @give="tagChosen($event)" @leave="endTagging" />
  </div>`;
