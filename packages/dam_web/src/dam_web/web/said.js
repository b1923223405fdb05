// What a person says of an asset: its title and description, stars and tags. All of it can be undone.

import { patch } from "./api.js";
import { tagQuery } from "./format.js";
import { DamIcon } from "./icons.js";
import { TagField } from "./tags.js";

export const Said = {
  components: { DamIcon, TagField },
  props: { asset: Object },
  emits: ["said", "search"],
  data: () => ({ editing: null, problem: "" }), // editing: {title, description} while they are edited
  computed: {
    stars() { return Math.max(0, this.asset.rating ?? 0); },
    isFixed() { return Boolean(this.asset.trashed_at); },
  },
  watch: { "asset.id"() { Object.assign(this, { editing: null, problem: "" }); } },
  methods: {
    tagQuery,
    async say(words, told) {
      const { id } = this.asset;
      this.problem = "";
      try {
        const { action, ...asset } = await patch(`/assets/${id}`, words);
        this.$emit("said", asset, told, action);
        return true;
      } catch (error) {
        if (id === this.asset.id) this.problem = error.message;
        return false;
      }
    },
    give(tags) { this.say({ add_tags: tags }, `Tagged: ${tags.join(", ")}`); },
    take(tag) { this.say({ remove_tags: [tag] }, `Tag taken away: ${tag}`); },
    rate(number) {
      const rating = number === this.stars ? 0 : number; // the same star again takes them away
      this.say({ rating }, rating ? `${"★".repeat(rating)} given` : "Stars taken away");
    },
    edit() {
      this.editing = { title: this.asset.title ?? "", description: this.asset.description ?? "" };
      this.$nextTick(() => this.$refs.title.focus());
    },
    async save() {
      const changed = Object.entries(this.editing).map(([name, text]) => [name, text.trim() || null]).filter(([name, text]) => text !== this.asset[name]);
      if (!changed.length || (await this.say(Object.fromEntries(changed), changed.length > 1 ? "Title and description changed" : changed[0][0] === "title" ? "Title changed" : "Description changed"))) this.leave();
    },
    leave() {
      this.editing = null;
      this.$nextTick(() => this.$refs.edit?.focus());
    },
    toTags() { this.$refs.tags?.focus(); },
    away() { this.$refs.tags.$refs.input.blur(); },
  },
  template: `
    <form v-if="editing" class="dam-edit" @submit.prevent="save" @keydown.esc.prevent="leave" @keydown.ctrl.enter.prevent="save" @keydown.meta.enter.prevent="save">
      <label>Title<input ref="title" type="text" v-model="editing.title" :placeholder="asset.filename" autocomplete="off"></label>
      <label>Description<textarea v-model="editing.description" rows="4"></textarea></label>
      <div class="dam-answers"><button class="dam-button" type="button" @click="leave">Cancel</button><button class="dam-action" type="submit">Save</button></div>
    </form>
    <template v-else>
      <h2 class="dam-asset-title">{{ asset.title || asset.filename }}
        <button v-if="!isFixed" ref="edit" class="dam-button" type="button" aria-label="Edit title and description" title="Edit title and description" @click="edit"><DamIcon name="edit" /></button></h2>
      <p v-if="asset.description" class="dam-description">{{ asset.description }}</p>
    </template>
    <div v-if="!isFixed" class="dam-rating" role="group" aria-label="Stars" title="Stars (keys 1 to 5, 0 takes them away)">
      <button v-for="star in 5" :key="star" type="button" :class="{ 'dam-unset': star > stars }" :aria-label="star === 1 ? '1 star' : star + ' stars'" :aria-pressed="star === stars" @click="rate(star)">★</button>
    </div>
    <ul v-if="asset.tags.length" class="dam-tags" aria-label="Tags">
      <li v-for="tag in asset.tags" :key="tag"><a :href="'/?q=' + encodeURIComponent(tagQuery(tag))" title="Show all with this tag" @click.exact.prevent="$emit('search', tagQuery(tag))">{{ tag }}</a>
        <button v-if="!isFixed" type="button" :aria-label="'Take ' + tag + ' away'" title="Take this tag away" @click="take(tag)">×</button></li></ul>
    <TagField v-if="!isFixed" ref="tags" label="Add a tag… (T)" :known="asset.tags" @give="give" @leave="away" />
    <p v-if="problem" class="dam-problem" role="alert"><DamIcon name="warning" />{{ problem }}</p>`,
};
