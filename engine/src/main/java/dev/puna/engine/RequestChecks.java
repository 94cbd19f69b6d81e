package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Spec;
import dev.puna.tensor.PunaException;

/** Whether an engine can do what a request asks for; if not, it says in a line why. */
final class RequestChecks {
  private final Checkpoint checkpoint;
  private final Options options;
  private final TextSetting setting;
  private final KvPool pool;

  RequestChecks(Checkpoint checkpoint, Options options, TextSetting setting, KvPool pool) {
    this.checkpoint = checkpoint;
    this.options = options;
    this.setting = setting;
    this.pool = pool;
  }

  void of(Request request, Beams beams) {
    if (beams.count() > options.parallel()) {
      throw new PunaException(
          "%d beams in an engine of %d sequences at once"
              .formatted(beams.count(), options.parallel()),
          "open it with as many (Options.parallel)");
    }
    long longest =
        Math.min((long) request.prompt().length + request.stop().tokens(), setting.limit());
    if ((long) beams.count() * pool.blocks(longest) > pool.total()) {
      throw new PunaException(
          "%d beams of up to %d tokens in a KV cache of %d"
              .formatted(beams.count(), longest, pool.total() * pool.blockSize()),
          "take fewer or shorter ones, or enlarge the cache (Scheduling.cache)");
    }
    if (request.sampling().temperature() > 0) {
      throw new PunaException(
          "a beam search with a temperature", "it takes the likeliest texts: set it to 0");
    }
    if (!request.stop().strings().isEmpty()) {
      throw new PunaException(
          "a beam search with stop strings", "its texts end with tokens: leave the strings out");
    }
    if (request.constraint() != null) {
      throw new PunaException(
          "a beam search with a constraint", "ask for a constrained text without beams");
    }
  }

  void of(Request request) {
    if (!(checkpoint.spec().head() instanceof Spec.Logits)) {
      throw new PunaException(
          checkpoint.path() + " is an encoder: it continues no text",
          "ask it for a text's vector (puna embed)");
    }
    int vocab = checkpoint.spec().vocab();
    checkPrompt(request.prompt(), vocab);
    request.sampling().checkTokens(vocab);
    int length = request.prompt().length;
    boolean fits = length + Math.min(1, request.stop().tokens()) <= setting.limit();
    boolean slides =
        request.contextEnd() instanceof ContextEnd.Slide s
            && canSlide(s)
            && !setting.form().hasSource();
    if (!fits && !slides) {
      throw new PunaException(
          "a prompt of %d tokens leaves no room in a context of %d"
              .formatted(length, setting.limit()),
          "shorten the prompt or enlarge the context (-c)");
    }
    if (request.stop().tokens() > options.scheduling().tokens()) {
      throw new PunaException(
          "%d tokens are asked for".formatted(request.stop().tokens()),
          "this engine gives up to %d".formatted(options.scheduling().tokens()));
    }
    if (!request.stop().ids().isEmpty()) {
      checkPrompt(request.stop().ids().stream().mapToInt(Integer::intValue).toArray(), vocab);
    }
  }

  private boolean canSlide(ContextEnd.Slide slide) {
    if (slide.kept() > setting.limit() - 4) {
      throw new PunaException(
          "%d tokens are to be kept of a context of %d".formatted(slide.kept(), setting.limit()),
          "keep fewer, or enlarge the context (-c)");
    }
    if (!setting.form().shares()) {
      throw new PunaException(
          "this model reads its prompt as a whole", "its texts cannot slide: let them stop");
    }
    return true;
  }

  static void checkPrompt(int[] prompt, int vocab) {
    if (prompt.length == 0) {
      throw new PunaException("the prompt has no tokens", "give at least one");
    }
    for (int id : prompt) {
      if (id < 0 || id >= vocab) {
        throw new PunaException(
            "token id " + id + " is not in the model's vocabulary of " + vocab,
            "ids go from 0 to " + (vocab - 1));
      }
    }
  }
}
