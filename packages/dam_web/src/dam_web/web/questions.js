// The dialog that asks what a running command wants to know. One question at a time, the oldest first.

import { post } from "./api.js";
import { DamIcon } from "./icons.js";

const GONE = [404, 409, 410]; // answered elsewhere, or given up: the next list tells what is asked now

export const Questions = {
  components: { DamIcon },
  props: { conversations: Array },
  emits: ["changed"],
  data: () => ({ text: "", error: "", isSending: false, asked: null, outcome: "" }),
  computed: {
    conversation() { return this.conversations[0] ?? null; },
    question() { return this.conversation?.question ?? null; },
    key() { return this.conversation ? `${this.conversation.id} ${this.question.number}` : ""; },
    kind() {
      return { PasswordRequest: "password", ConfirmationRequest: "confirmation", ChoiceRequest: "choice", TextRequest: "text" }[this.question?.type] ?? "other";
    },
    isAgain() { return this.asked?.id === this.conversation?.id && this.asked?.message === this.question?.message; },
  },
  watch: {
    key: { handler() { this.renew(); }, flush: "post" },
  },
  mounted() { this.renew(); },
  methods: {
    renew() {
      Object.assign(this, { text: "", error: "", isSending: false });
      const dialog = this.$refs.dialog;
      if (!this.conversation) return void (dialog.open && dialog.close());
      if (!dialog.open) dialog.showModal();
      this.$nextTick(() => dialog.querySelector("[data-first]")?.focus());
    },
    async say(answer) {
      if (this.isSending || !this.conversation) return;
      this.isSending = true;
      this.error = this.outcome = "";
      const { id, question } = this.conversation;
      this.asked = answer && { id, message: question.message };
      try {
        const body = await post(`/conversations/${id}`, { answer, question: question.number });
        this.text = "";
        if (body.results) this.outcome = body.results.filter((one) => typeof one === "string").join(" ");
        this.$emit("changed", id, body.conversation ?? null);
      } catch (error) {
        if (GONE.includes(error.status)) this.$emit("changed", id, null);
        else if (error.status === 0 || error.status === 422) this.error = error.message;
        else {
          this.outcome = error.message;
          this.$emit("changed", id, null);
        }
      } finally {
        this.isSending = false;
      }
    },
    send() {
      if (this.kind === "confirmation") return this.say({ confirmed: true });
      if (!this.text) return this.say(null);
      return this.say({ [this.kind]: this.text });
    },
  },
  template: `
    <div>
      <dialog ref="dialog" class="dam-question" aria-labelledby="dam-question-text" @cancel.prevent="say(null)" @keydown.stop>
        <form v-if="question" method="dialog" autocomplete="off" @submit.prevent="send">
          <h2 id="dam-question-text">{{ question.message }}</h2>
          <p v-if="isAgain" class="dam-again" role="alert">That did not work; try again.</p>
          <input v-if="kind === 'password'" :key="key" type="password" v-model="text" data-first aria-labelledby="dam-question-text" autocomplete="off" spellcheck="false">
          <input v-else-if="kind === 'text'" :key="key" type="text" v-model="text" data-first aria-labelledby="dam-question-text" autocomplete="off">
          <fieldset v-else-if="kind === 'choice'" :key="key" aria-labelledby="dam-question-text">
            <label v-for="(choice, index) in question.choices" :key="choice"><input type="radio" name="dam-choice" :value="choice" v-model="text" :data-first="index ? undefined : true"> {{ choice }}</label>
          </fieldset>
          <p v-else-if="kind === 'other'">This question can only be answered over the REST interface.</p>
          <p v-if="error" class="dam-again" role="alert">{{ error }}</p>
          <div class="dam-answers">
            <button class="dam-button" type="button" :disabled="isSending" :data-first="kind === 'confirmation' || kind === 'other' ? true : undefined" @click="say(null)">{{ kind === "confirmation" ? "No" : "Cancel" }}</button>
            <button v-if="kind !== 'other'" class="dam-action" type="submit" :disabled="isSending">{{ kind === "confirmation" ? "Yes" : "OK" }}</button>
          </div>
        </form>
      </dialog>
      <p class="dam-outcome" role="status" :class="{ 'dam-hidden': !outcome }">{{ outcome }}<button v-if="outcome" class="dam-button" type="button" aria-label="Dismiss" @click="outcome = ''"><DamIcon name="close" /></button></p>
    </div>`,
};
