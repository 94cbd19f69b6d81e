/* From a cold process to the first token, by llama.cpp's prebuilt library:
 *
 *     cc -O2 -o cold cold.c -ldl && ./cold LIBLLAMA LIBGGML FOLDER MODEL THREADS PROMPT_TOKENS
 *
 * prints the first token's id and leaves. Whoever starts it holds the clock. Parameter structures
 * are opaque bytes with the library's defaults, as in dev.puna.bench.LlamaCpp: no header is needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* More than any version of the parameter structures has; the first fields of a context's are
 * tokens of the context, of a batch, of a pass. */
typedef struct {
  uint32_t words[128];
} parameters;

typedef struct {
  int32_t n_tokens;
  int32_t *token;
  float *embd;
  int32_t *pos;
  int32_t *n_seq_id;
  int32_t **seq_id;
  int8_t *logits;
} batch;

static void silence(int level, const char *text, void *data) {
  (void)level, (void)text, (void)data;
}

static void *library(const char *path) {
  void *opened = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!opened) {
    fprintf(stderr, "cold: %s\n", dlerror());
    exit(1);
  }
  return opened;
}

#define FUNCTION(from, name, result, ...) result (*name)(__VA_ARGS__) = dlsym(from, #name)

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: cold LIBLLAMA LIBGGML FOLDER MODEL THREADS PROMPT_TOKENS\n");
    return 2;
  }
  void *llama = library(arguments[1]);
  void *ggml = library(arguments[2]);
  FUNCTION(ggml, ggml_backend_load_all_from_path, void, const char *);
  FUNCTION(llama, llama_log_set, void, void (*)(int, const char *, void *), void *);
  FUNCTION(llama, llama_model_default_params, parameters, void);
  FUNCTION(llama, llama_model_load_from_file, void *, const char *, parameters);
  FUNCTION(llama, llama_context_default_params, parameters, void);
  FUNCTION(llama, llama_init_from_model, void *, void *, parameters);
  FUNCTION(llama, llama_set_n_threads, void, void *, int32_t, int32_t);
  FUNCTION(llama, llama_decode, int32_t, void *, batch);
  FUNCTION(llama, llama_get_logits_ith, float *, void *, int32_t);
  FUNCTION(llama, llama_model_get_vocab, void *, void *);
  FUNCTION(llama, llama_vocab_n_tokens, int32_t, void *);

  llama_log_set(silence, NULL);
  ggml_backend_load_all_from_path(arguments[3]);
  void *model = llama_model_load_from_file(arguments[4], llama_model_default_params());
  if (!model) {
    fprintf(stderr, "cold: llama.cpp does not load %s\n", arguments[4]);
    return 1;
  }
  void *context = llama_init_from_model(model, llama_context_default_params());
  int threads = atoi(arguments[5]);
  llama_set_n_threads(context, threads, threads);

  int length = atoi(arguments[6]);
  int32_t token[512], pos[512], ones[512], sequence = 0, *sequences[512];
  int8_t wanted[512];
  for (int i = 0; i < length && i < 512; i++) {
    token[i] = i == 0 ? 1 : 300 + i; /* as bench/peers/run gives them to Puna */
    pos[i] = i;
    ones[i] = 1;
    sequences[i] = &sequence;
    wanted[i] = i == length - 1;
  }
  if (llama_decode(context, (batch){length, token, NULL, pos, ones, sequences, wanted})) {
    fprintf(stderr, "cold: llama_decode failed\n");
    return 1;
  }
  float *logits = llama_get_logits_ith(context, length - 1);
  int best = 0, size = llama_vocab_n_tokens(llama_model_get_vocab(model));
  for (int i = 1; i < size; i++) {
    best = logits[i] > logits[best] ? i : best;
  }
  printf("%d\n", best);
  fflush(stdout);
  _exit(0);
}
