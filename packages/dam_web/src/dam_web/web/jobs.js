// The work in the background: what is done now and how fast, pausing it, and what failed and why.

import { get, post } from "./api.js";
import { count, span, words } from "./format.js";
import { DamIcon } from "./icons.js";

const LISTED = 200; // failures that are shown
const REST = 1500; // milliseconds between two looks
const PATIENCE = 10; // looking may take at most this part of the time

export const Jobs = {
  components: { DamIcon },
  props: { counts: Object, activity: Object, rate: Number },
  emits: ["close", "follow", "done"],
  data: () => ({ report: null, failed: [], problem: "" }),
  computed: {
    doing() { return this.activity.doing; },
    looking() {
      const { message, done, total, unit } = this.doing;
      return total ? `${message}: ${count(done)} of ${count(total)} ${unit}` : message;
    },
    analysed() {
      const { done, total, pending } = this.counts;
      if (!pending) return `All ${count(total)} assets are analysed.`;
      const left = this.rate > 0 ? ` · ${this.rate < 10 ? this.rate.toFixed(1) : count(Math.round(this.rate))} a second, about ${span(pending / this.rate)} left` : "";
      return `${count(done)} of ${count(total)} analysed${this.report?.paused ? " · paused" : left}`;
    },
    rows() { return (this.report?.analyses ?? []).filter((one) => one.pending || one.running || one.failed || one.quarantined || one.paused || one.done || one.skipped); },
    unread() { // what failed in an analysis is listed there
      const told = new Set(this.failed.map((one) => `${one.filename}\n${one.reason}`));
      return this.activity.problems.filter((one) => !told.has(`${one.path.slice(one.path.lastIndexOf("/") + 1)}\n${one.reason}`));
    },
    failures() { return this.rows.reduce((sum, one) => sum + one.failed + one.quarantined, 0); },
    waiting() { return Object.entries(this.report?.waiting ?? {}).filter(([, number]) => number); },
  },
  watch: { counts() { this.soon(); } },
  mounted() {
    this.$refs.dialog.showModal();
    this.look();
  },
  unmounted() { clearTimeout(this.turn); },
  methods: {
    count, words,
    soon() { this.turn ??= setTimeout(() => this.look(), Math.max(REST, PATIENCE * (this.took ?? 0))); },
    async look() {
      const begun = performance.now();
      try {
        const [report, failed] = await Promise.all([get("/jobs"), get(`/jobs/failed?limit=${LISTED}`)]);
        Object.assign(this, { report, failed, problem: "" });
      } catch (error) {
        this.problem = error.message;
      }
      this.took = performance.now() - begun;
      this.turn = null;
    },
    async steer(verb, words) {
      try {
        const answer = await post(`/jobs/${verb}`, words);
        if (answer) this.$emit("done", `${count(answer.count)} ${answer.count === 1 ? "analysis is" : "analyses are"} tried again`);
      } catch (error) {
        this.problem = error.message;
      }
      await this.look();
    },
  },
  template: `
    <dialog ref="dialog" class="dam-question dam-jobs" aria-labelledby="dam-jobs-title" @cancel.prevent="$emit('close')" @click.self="$emit('close')" @keydown.stop>
      <div class="dam-jobs-top"><h2 id="dam-jobs-title">Work in the background</h2>
        <button class="dam-button" type="button" aria-label="Close" @click="$emit('close')"><DamIcon name="close" /></button></div>
      <p v-if="problem" class="dam-problem" role="alert"><DamIcon name="warning" />{{ problem }}</p>
      <template v-if="doing"><p>{{ looking }}</p><progress :value="doing.total ? doing.done : undefined" :max="doing.total || 1"></progress></template>
      <template v-if="counts"><p>{{ analysed }}</p><progress v-if="counts.pending" :value="counts.done" :max="counts.total"></progress></template>
      <p v-for="[tool, number] in waiting" :key="tool" class="dam-quiet">{{ count(number) }} {{ number === 1 ? "file" : "files" }} would be known better with {{ tool }} installed (<code>dam doctor</code> tells how).</p>
      <div v-if="report" class="dam-jobs-acts">
        <button v-if="report.paused" class="dam-action" type="button" @click="steer('resume', {})">Go on</button>
        <button v-else-if="counts && counts.pending" class="dam-action" type="button" @click="steer('pause', {})">Pause all</button>
        <button v-if="failures" class="dam-action" type="button" @click="steer('retry', { everything: true })">Try what failed again</button>
      </div>
      <section v-if="failed.length || unread.length" aria-label="What could not be read">
        <h3>Could not be read<span>{{ count(failures + unread.length) }}</span></h3>
        <ul class="dam-failures">
          <li v-for="one in failed" :key="one.entity_id + one.analysis"><a :href="'/a/' + one.entity_id" @click.exact.prevent="$emit('follow', one.entity_id)">{{ one.filename }}</a><p>{{ one.reason }}</p></li>
          <li v-for="one in unread" :key="one.path"><b>{{ one.path }}</b><p>{{ one.reason }}</p></li>
        </ul>
        <p v-if="failures > failed.length" class="dam-quiet">and {{ count(failures - failed.length) }} more (<code>dam jobs show</code> lists all)</p>
      </section>
      <details v-if="rows.length">
        <summary>What is read of files<span>{{ rows.length }}</span></summary>
        <table><thead><tr><th>Analysis</th><th>Waits</th><th>Done</th><th>Failed</th><th><span class="dam-hidden">Pause</span></th></tr></thead>
          <tbody><tr v-for="one in rows" :key="one.name"><th>{{ one.name }}</th><td>{{ count(one.pending) }}</td><td>{{ count(one.done) }}</td><td>{{ count(one.failed + one.quarantined) }}</td>
            <td><button class="dam-button" type="button" :aria-label="(one.paused ? 'Go on with ' : 'Pause ') + one.name" @click="steer(one.paused ? 'resume' : 'pause', { name: one.name })">{{ one.paused ? "Go on" : "Pause" }}</button></td></tr></tbody></table>
      </details>
    </dialog>`,
};
