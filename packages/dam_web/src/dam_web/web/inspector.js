// The inspector: what is known about one asset, beside its picture.

import { get, post } from "./api.js";
import { bytes, duration, entries, instant, moment, typeName, words } from "./format.js";
import { DamIcon } from "./icons.js";
import { Links } from "./links.js";
import { PluginTab } from "./plugin_tab.js";
import { Said } from "./said.js";

const NAMESPACE_NAMES = { exif: "Exif", iptc: "IPTC", xmp: "XMP", geo: "Place" };
const STATUS_NAMES = {
  uploading: "Being taken in", processing: "Being analysed", ready: "Ready", partial: "Read in part", error: "Could not be read", missing: "File is missing",
};

const LINKS = 20; // at first
const MOST_LINKS = 500; // in one answer

let chosen = "general"; // the tab that was chosen last, for the next asset

export const Inspector = {
  components: { DamIcon, Links, PluginTab, Said },
  props: { asset: Object, plugins: { type: Array, default: () => [] } },
  emits: ["follow", "search", "said"],
  data: () => ({ wanted: chosen, links: [], following: null, said: "" }),
  watch: { asset: { immediate: true, handler(asset, before) { this.read(asset.id === before?.id ? Math.max(LINKS, this.links.length) : 0); } } },
  computed: {
    tabs() {
      const fits = (tab) => !tab.components.length || tab.components.some((name) => this.asset.components[name]?.length);
      const theirs = this.plugins.filter(fits).map((tab) => ({ id: `plugin-${tab.name}`, title: tab.title, plugin: tab }));
      return [{ id: "general", title: "General" }, { id: "modules", title: "Modules" }, ...theirs];
    },
    current() { return this.tabs.find((tab) => tab.id === this.wanted) ?? this.tabs[0]; },
    general() {
      const asset = this.asset;
      const pixels = asset.width && asset.height ? `${asset.width} × ${asset.height}` : "";
      const megapixels = pixels && asset.width * asset.height >= 1e6 ? ` (${((asset.width * asset.height) / 1e6).toFixed(1)} MP)` : "";
      return [
        ["Name", asset.title ? asset.filename : ""],
        ["Type", [typeName(asset.type), asset.mime_type].filter(Boolean).join(", ")],
        ["Size", asset.size === null ? "" : bytes(asset.size)],
        ["Dimensions", pixels + megapixels],
        ["Duration", asset.duration ? duration(asset.duration) : ""],
        ["Taken", moment(asset.captured_at)],
        ["Changed", instant(asset.locations[0]?.mtime)],
        ["Status", asset.status === "ready" ? "" : STATUS_NAMES[asset.status] ?? asset.status],
        ["Visibility", words(asset.visibility)],
      ].filter(([, value]) => value);
    },
    places() {
      const last = this.asset.former_locations.at(-1); // where it was, for what has no place any more
      const known = this.asset.locations.length || !last ? this.asset.locations : [{ ...last, status: "missing" }];
      return known.map((place, index) => {
        const inside = /^archive:\/\/(\d+)\/(.*)$/s.exec(place.path);
        const archive = inside && { id: Number(inside[1]), name: this.links.find((link) => link.id === Number(inside[1]) && link.direction === "in")?.filename ?? `archive ${inside[1]}` };
        return { ...place, archive, path: inside ? inside[2] : place.path, label: index ? "Also at" : "Place" };
      });
    },
    modules() {
      return Object.entries(this.asset.metadata)
        .map(([name, data]) => ({ name: NAMESPACE_NAMES[name] ?? words(name), entries: entries(data) }))
        .filter((module) => module.entries.length);
    },
    parts() {
      return Object.entries(this.asset.components).flatMap(([name, all]) =>
        all.map((one, index) => ({ name: words(name.replace(/Component$/, "")), key: `${name} ${index}`, entries: entries(one) })).filter((part) => part.entries.length),
      );
    },
    isLocked() { return Boolean(this.asset.metadata.document?.encrypted) && this.asset.status !== "ready" && this.asset.status !== "missing"; },
    failures() {
      return this.asset.analyses.filter((one) => one.status !== "ok");
    },
  },
  methods: {
    words,
    typeName,
    /** Read the links from the beginning, `number` of them; without a number, those that follow. */
    async read(number) {
      const asset = this.asset;
      if (number === 0) Object.assign(this, { links: [], following: null, said: "" });
      if (!asset.links.length) return;
      const after = number === undefined ? this.following : null;
      const parameters = new URLSearchParams({ limit: Math.min(MOST_LINKS, number || (after ? MOST_LINKS / 5 : LINKS)), ...(after && { cursor: after }) });
      try {
        const page = await get(`/assets/${asset.id}/links?${parameters}`);
        if (asset !== this.asset) return; // another one is shown by now
        Object.assign(this, { links: after ? [...this.links, ...page.items] : page.items, following: page.next });
      } catch { /* their number is shown; the next change of the asset asks again */ }
    },
    /** Ask for the password of a document: the question comes as every question of a command does. */
    async unlock() {
      this.said = "";
      try {
        await post("/commands/unlock-asset", { entity_id: this.asset.id });
      } catch (error) {
        this.said = error.message;
      }
    },
    choose(id) {
      this.wanted = chosen = id;
    },
    step(event) {
      const at = this.tabs.indexOf(this.current);
      const last = this.tabs.length - 1;
      const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
      if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.choose(this.tabs[to].id);
      this.$nextTick(() => this.$refs.tabs.querySelector("[aria-selected=true]").focus());
    },
  },
  template: `
    <div class="dam-inspector-inside">
      <Said ref="said" :asset="asset" @said="(...what) => $emit('said', ...what)" @search="$emit('search', $event)" />
      <p v-if="asset.error_message" class="dam-problem"><DamIcon name="warning" />{{ asset.error_message }}</p>
      <button v-if="isLocked" class="dam-action" type="button" @click="unlock"><DamIcon name="lock" />Unlock…</button>
      <p v-if="said" class="dam-problem" role="alert">{{ said }}</p>

      <div ref="tabs" class="dam-tabs" role="tablist" aria-label="Details" @keydown="step">
        <button v-for="tab in tabs" :key="tab.id" :id="'dam-tab-' + tab.id" type="button" role="tab" :aria-selected="tab === current" aria-controls="dam-tab-panel"
                :tabindex="tab === current ? 0 : -1" @click="choose(tab.id)">{{ tab.title }}</button>
      </div>

      <div id="dam-tab-panel" role="tabpanel" :aria-labelledby="'dam-tab-' + current.id">
      <template v-if="current.id === 'general'">
      <section aria-label="General">
        <dl><template v-for="[name, value] in general" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
        <dl class="dam-places">
          <template v-for="place in places" :key="place.urn">
            <dt>{{ place.label }}</dt>
            <dd><template v-if="place.archive"><a :href="'/a/' + place.archive.id" @click.exact.prevent="$emit('follow', place.archive.id)">{{ place.archive.name }}</a> › </template>{{ place.path }}<span v-if="place.status !== 'present'" class="dam-gone"> {{ place.status }}</span></dd>
          </template>
        </dl>
      </section>

      <Links :links="links" :total="asset.links.length" :more="Boolean(following)" @follow="$emit('follow', $event)" @more="read()" />

      <details v-if="asset.analyses.length" :open="failures.length > 0">
        <summary>Analyses<span>{{ asset.analyses.length }}</span></summary>
        <ul class="dam-analyses">
          <li v-for="one in asset.analyses" :key="one.name + one.version">
            <span class="dam-state" :class="'dam-state-' + one.status">{{ one.status }}</span>{{ one.name }}
            <p v-if="one.message">{{ one.message }}</p>
          </li>
        </ul>
      </details>
      </template>

      <template v-else-if="current.id === 'modules'">
        <details v-for="module in modules" :key="module.name" open>
          <summary>{{ module.name }}<span>{{ module.entries.length }}</span></summary>
          <dl><template v-for="[name, value] in module.entries" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
        </details>
        <details v-for="part in parts" :key="part.key">
          <summary>{{ part.name }}<span>{{ part.entries.length }}</span></summary>
          <dl><template v-for="[name, value] in part.entries" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
        </details>
        <p v-if="!modules.length && !parts.length" class="dam-quiet">Nothing more is known.</p>
      </template>

      <PluginTab v-else :key="current.id" :tab="current.plugin" :asset="asset" @follow="$emit('follow', $event)" />
      </div>
    </div>`,
};
