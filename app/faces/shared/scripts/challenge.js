// Answers a form's challenge while the person writes; who sends the form sooner waits for it.
const MOST_WORKERS = 4;

class Challenge {
  constructor(part) {
    this.part = part;
    this.form = part.closest("form");
    this.field = part.querySelector("input");
    this.state = part.querySelector("[role=status]");
    this.task = JSON.parse(part.dataset.task);
    this.form.addEventListener("submit", (event) => this.hold(event), { capture: true });
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.tell("working");
    this.begin();
  }

  tell(state) {
    this.part.dataset.state = state;
    this.state.textContent = this.state.dataset[state];
  }

  begin() {
    const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency ?? 1));
    this.failed = 0;
    this.workers = Array.from({ length: count }, (_, first) => {
      const worker = new Worker(this.part.dataset.worker);
      worker.addEventListener("message", ({ data }) => (data.solution ? this.finish(data.solution) : this.fail(count)));
      worker.addEventListener("error", () => this.fail(count));
      worker.postMessage({ parameters: this.task.parameters, first, step: count });
      return worker;
    });
  }

  finish(solution) {
    this.end();
    this.field.value = btoa(JSON.stringify({ challenge: this.task, solution }));
    this.tell("done");
    if (this.waiting) this.form.requestSubmit(this.waiting.submitter ?? undefined);
  }

  fail(count) {
    this.failed += 1;
    if (this.failed < count) return;
    this.end();
    this.waiting = null;
    this.tell("failed");
  }

  end() {
    for (const worker of this.workers) worker.terminate();
  }

  hold(event) {
    if (this.field.value || this.part.dataset.state === "failed") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waiting = { submitter: event.submitter };
  }
}

for (const part of document.querySelectorAll("[data-challenge]")) new Challenge(part);
