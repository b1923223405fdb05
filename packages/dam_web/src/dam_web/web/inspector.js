// The inspector: what is known about one asset, beside its picture.

import { bytes, duration, entries, instant, moment, typeName, words } from "./format.js";
import { DamIcon } from "./icons.js";

const NAMESPACE_NAMES = { exif: "Exif", iptc: "IPTC", xmp: "XMP", geo: "Place" };
const STATUS_NAMES = {
  uploading: "Being taken in", processing: "Being analysed", ready: "Ready", partial: "Read in part", error: "Could not be read", missing: "File is missing",
};

export const Inspector = {
  components: { DamIcon },
  props: { asset: Object },
  emits: ["follow"],
  computed: {
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
      return this.asset.locations.map((place, index) => ({ ...place, label: index ? "Also at" : "Place" }));
    },
    modules() {
      return Object.entries(this.asset.metadata)
        .map(([name, data]) => ({ name: NAMESPACE_NAMES[name] ?? words(name), entries: entries(data) }))
        .filter((module) => module.entries.length);
    },
    failures() {
      return this.asset.analyses.filter((one) => one.status !== "ok");
    },
  },
  methods: { words, typeName },
  template: `
    <div class="dam-inspector-inside">
      <h2 class="dam-asset-title">{{ asset.title || asset.filename }}</h2>
      <p v-if="asset.description" class="dam-description">{{ asset.description }}</p>
      <p v-if="asset.error_message" class="dam-problem"><DamIcon name="warning" />{{ asset.error_message }}</p>
      <div v-if="asset.rating !== null && asset.rating > 0" class="dam-rating" role="img" :aria-label="asset.rating + ' of 5 stars'">
        <span v-for="star in 5" :key="star" :class="{ 'dam-unset': star > asset.rating }">★</span>
      </div>
      <ul v-if="asset.tags.length" class="dam-tags" aria-label="Tags"><li v-for="tag in asset.tags" :key="tag">{{ tag }}</li></ul>

      <section aria-label="General">
        <h3>General</h3>
        <dl><template v-for="[name, value] in general" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
        <dl class="dam-places">
          <template v-for="place in places" :key="place.urn">
            <dt>{{ place.label }}</dt>
            <dd>{{ place.path }}<span v-if="place.status !== 'present'" class="dam-gone"> {{ place.status }}</span></dd>
          </template>
        </dl>
      </section>

      <details v-for="module in modules" :key="module.name" open>
        <summary>{{ module.name }}<span>{{ module.entries.length }}</span></summary>
        <dl><template v-for="[name, value] in module.entries" :key="name"><dt>{{ name }}</dt><dd>{{ value }}</dd></template></dl>
      </details>

      <details v-if="asset.links.length" open>
        <summary>Links<span>{{ asset.links.length }}</span></summary>
        <ul class="dam-links">
          <li v-for="link in asset.links" :key="link.relation + link.direction + link.id">
            <span>{{ link.direction === "out" ? words(link.relation) : words(link.relation) + " (from)" }}</span>
            <a :href="'/a/' + link.id" @click.exact.prevent="$emit('follow', link.id)">{{ typeName(link.type) }} {{ link.id }}</a>
          </li>
        </ul>
      </details>

      <details v-if="asset.analyses.length" :open="failures.length > 0">
        <summary>Analyses<span>{{ asset.analyses.length }}</span></summary>
        <ul class="dam-analyses">
          <li v-for="one in asset.analyses" :key="one.name + one.version">
            <span class="dam-state" :class="'dam-state-' + one.status">{{ one.status }}</span>{{ one.name }}
            <p v-if="one.message">{{ one.message }}</p>
          </li>
        </ul>
      </details>
    </div>`,
};
