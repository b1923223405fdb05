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
      this.leave();
      const turn = (this.turn = { element: document.createElement("div") });
      try {
        const module = await import(this.tab.module);
        if (turn !== this.turn) return; // another asset is shown by now, or nothing
        this.error = "";
        this.$refs.inside.replaceChildren(turn.element);
        const given = { get, post, bytes, follow: (id) => this.$emit("follow", id) };
        turn.left = await module.default(turn.element, JSON.parse(JSON.stringify(this.asset)), given);
        if (turn !== this.turn) end(turn);
      } catch (error) {
        console.error(error);
        if (turn === this.turn) this.error = `This tab cannot be shown: ${error.message}`;
      }
    },
    /** Whoever still fills an element is told when it is done; what it fills is not seen any more. */
    leave() {
      if (this.turn) end(this.turn);
      this.turn = null;
    },
  },
  template: `
    <div><p v-if="error" class="dam-problem" role="alert">{{ error }}</p><div ref="inside" class="dam-plugin-tab" v-show="!error"></div></div>`,
};

function end(turn) {
  try {
    if (typeof turn.left === "function") turn.left();
  } catch (error) {
    console.error(error);
  }
  turn.element.remove();
}
