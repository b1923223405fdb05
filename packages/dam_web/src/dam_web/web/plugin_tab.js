// A tab that another package brings: its module fills an element of ours, and what goes wrong in it stays in it.

import { get, post } from "./api.js";
import { bytes } from "./format.js";

export const PluginTab = {
  props: { tab: Object, asset: Object },
  emits: ["follow"],
  data: () => ({ error: "" }),
  watch: { asset() { this.show(); } },
  mounted() {
    if (this.tab.style && !document.querySelector(`link[href="${CSS.escape(this.tab.style)}"]`)) {
      const link = document.createElement("link");
      Object.assign(link, { rel: "stylesheet", href: this.tab.style });
      document.head.append(link);
    }
    this.show();
  },
  unmounted() { this.leave(); },
  methods: {
    async show() {
      const asset = this.asset;
      try {
        const module = await import(this.tab.module);
        if (asset !== this.asset || !this.$refs.inside) return;
        this.leave();
        this.error = "";
        const given = { get, post, bytes, follow: (id) => this.$emit("follow", id) };
        this.left = await module.default(this.$refs.inside, JSON.parse(JSON.stringify(asset)), given);
      } catch (error) {
        console.error(error);
        this.error = `This tab cannot be shown: ${error.message}`;
      }
    },
    leave() {
      const left = this.left;
      this.left = null;
      try {
        if (typeof left === "function") left();
      } catch (error) {
        console.error(error);
      }
      this.$refs.inside?.replaceChildren();
    },
  },
  template: `
    <div><p v-if="error" class="dam-problem" role="alert">{{ error }}</p><div ref="inside" class="dam-plugin-tab" v-show="!error"></div></div>`,
};
