// Writes blocks.bin, the golden blocks of GoldenBlocksTest: rows of numbers, and what llama.cpp's
// libggml-base makes of them in each type. From this directory, with the library (here the one of
// the npm package node-llama-cpp 3 for linux-x64, llama.cpp v0.5.0) in DIR:
//
//   gcc -O1 blocks.c -o blocks DIR/libggml-base.so -Wl,-rpath,DIR -lm
//   ./blocks > ../resources/dev/puna/tensor/blocks.bin
//
// All little-endian: rows (i32) | cols (i32) | numbers f32[rows][cols] | importance f32[cols] |
// types (i32), then for each type: its name, char[8] | bytes of a row (i32) | whether there are
// weighted rows (i32), then for each row: the encoded row | a hash of it decoded (i64) | the row
// encoded with importance, if there is one.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 11, COLS = 512 };

typedef void Decode(const void *source, float *target, int64_t count);
Decode dequantize_row_q4_0, dequantize_row_q4_1, dequantize_row_q5_0, dequantize_row_q5_1,
    dequantize_row_q8_0, dequantize_row_q2_K, dequantize_row_q3_K, dequantize_row_q4_K,
    dequantize_row_q5_K, dequantize_row_q6_K, dequantize_row_q8_K, dequantize_row_iq4_nl,
    dequantize_row_iq4_xs, dequantize_row_mxfp4;
size_t ggml_quantize_chunk(int type, const float *source, void *target, int64_t start,
                           int64_t rows, int64_t cols, const float *importance);
void quantize_row_q8_K_ref(const float *source, void *target, int64_t count);
size_t ggml_row_size(int type, int64_t cols);

static const struct {
  char name[8];
  int type; // enum ggml_type
  Decode *decode;
  int32_t weighted;
} TYPES[] = {
    {"Q4_0", 2, dequantize_row_q4_0, 1},      {"Q4_1", 3, dequantize_row_q4_1, 1},
    {"Q5_0", 6, dequantize_row_q5_0, 1},      {"Q5_1", 7, dequantize_row_q5_1, 1},
    {"Q8_0", 8, dequantize_row_q8_0, 0},      {"Q2_K", 10, dequantize_row_q2_K, 1},
    {"Q3_K", 11, dequantize_row_q3_K, 1},     {"Q4_K", 12, dequantize_row_q4_K, 1},
    {"Q5_K", 13, dequantize_row_q5_K, 1},     {"Q6_K", 14, dequantize_row_q6_K, 1},
    {"Q8_K", 15, dequantize_row_q8_K, 0},     {"IQ4_NL", 20, dequantize_row_iq4_nl, 1},
    {"IQ4_XS", 23, dequantize_row_iq4_xs, 1}, {"MXFP4", 39, dequantize_row_mxfp4, 0},
};

static uint64_t state = 1;

static double uniform(void) { // [0, 1)
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(state >> 11) / 9007199254740992.0;
}

static double normal(void) {
  return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

static float number(int row, int col) {
  double x = normal();
  switch (row) {
  case 0: return x * 0.02;
  case 1: return x * exp(2 * normal());            // long tails
  case 2: return 0;
  case 3: return col == 77 || col == 300 ? 900 : x * 1e-3; // one outlier for 256 numbers
  case 4: return -0.7f;
  case 5: return ldexp(x, -145);                   // subnormal, as are their scales
  case 6: return x * 3000;                         // scales near the end of half precision
  case 7: return rint(x * 3) / 4;                  // many ties
  case 8: return 100 + fabs(x);
  case 9: return uniform() < 0.8 ? (uniform() < 0.5 ? -0.0f : 0) : x;
  default: return ldexp(x, col / 8 - 40);          // from small to large
  }
}

static void put(const void *data, size_t bytes) { fwrite(data, bytes, 1, stdout); }

static void put32(int32_t number) { put(&number, 4); }

static int64_t hash(const float *numbers, int count) { // FNV-1a over the numbers' bits
  uint64_t h = 0xcbf29ce484222325u;
  for (int i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &numbers[i], 4);
    h = (h ^ bits) * 0x100000001b3u;
  }
  return (int64_t)h;
}

static float rows[ROWS][COLS], importance[COLS], decoded[COLS];
static char encoded[8 * COLS];

int main(void) {
  for (int r = 0; r < ROWS; r++)
    for (int c = 0; c < COLS; c++)
      rows[r][c] = number(r, c);
  for (int c = 0; c < COLS; c++)
    importance[c] = c % 7 == 3 ? 0 : exp(3 * normal());
  put32(ROWS);
  put32(COLS);
  put(rows, sizeof rows);
  put(importance, sizeof importance);
  int types = sizeof TYPES / sizeof *TYPES;
  put32(types);
  for (int t = 0; t < types; t++) {
    size_t bytes = ggml_row_size(TYPES[t].type, COLS);
    put(TYPES[t].name, 8);
    put32(bytes);
    put32(TYPES[t].weighted);
    for (int r = 0; r < ROWS; r++) {
      memset(encoded, 0, sizeof encoded); // Q8_K leaves the sums of zeros as they are
      if (TYPES[t].type == 15)
        quantize_row_q8_K_ref(rows[r], encoded, COLS);
      else
        ggml_quantize_chunk(TYPES[t].type, rows[r], encoded, 0, 1, COLS, NULL);
      put(encoded, bytes);
      TYPES[t].decode(encoded, decoded, COLS);
      int64_t h = hash(decoded, COLS);
      put(&h, 8);
      if (TYPES[t].weighted) {
        ggml_quantize_chunk(TYPES[t].type, rows[r], encoded, 0, 1, COLS, importance);
        put(encoded, bytes);
      }
    }
  }
  return 0;
}
