// The links of an asset, by name and with a small picture; the first ones at once, the others when they are asked for.

import { thumbnailUrl } from "./api.js";
import { count, relationName, typeName } from "./format.js";
import { DamIcon, iconName } from "./icons.js";

const WITH_PICTURES = new Set(["image", "video", "document", "font", "model", "texture_pack", "disk_image"]);

export const Links = {
  components: { DamIcon },
  props: { links: Array, total: Number, more: Boolean },
  emits: ["follow", "more"],
  data: () => ({ without: new Set() }), // ids of what turned out to have no picture
  computed: {
    rows() {
      return this.links.map((link) => ({
        ...link,
        key: `${link.link_id} ${link.direction}`,
        name: link.title || link.filename || `${typeName(link.type)} ${link.id}`,
        relation: relationName(link.relation, link.direction),
        kind: typeName(link.type),
        icon: iconName(link.type),
        picture: WITH_PICTURES.has(link.type) && !this.without.has(link.id) ? thumbnailUrl(link, "small") : null,
      }));
    },
  },
  methods: { count },
  template: `
    <details v-if="total" open>
      <summary>Links<span>{{ count(total) }}</span></summary>
      <ul class="dam-links">
        <li v-for="link in rows" :key="link.key">
          <a :href="'/a/' + link.id" :title="link.name" @click.exact.prevent="$emit('follow', link.id)">
            <span class="dam-link-picture"><img v-if="link.picture" :src="link.picture" alt="" loading="lazy" @error="without.add(link.id)"><DamIcon v-else :name="link.icon" /></span>
            <span class="dam-link-name">{{ link.name }}<small>{{ link.relation }} · {{ link.kind }}</small></span></a>
        </li>
      </ul>
      <button v-if="more" class="dam-button" type="button" @click="$emit('more')">Show more</button>
    </details>`,
};
