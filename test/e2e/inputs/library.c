/* Trains a network in two threads, each with a context of its own, and predicts. */
#include "xor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
static const float y[4] = {0, 1, 1, 0};

struct Run {
  uint64_t seed;
  float logits[4];
};

static void check(int32_t code, const NetContext *context) {
  if (code == 0)
    return;
  fprintf(stderr, "error %d: %s\n", code, xor_error(context));
  exit(1);
}

static void *run(void *argument) {
  struct Run *out = argument;
  NetContext *context = xor_create(1, out->seed);
  check(xor_error(context)[0] != 0, context);
  const void *columns[] = {x, y};
  for (int step = 0; step < 500; ++step)
    check(xor_train_step(context, NULL, columns, 2, 4, NULL, 0), context);
  const int64_t in[] = {4, 2}, outShape[] = {4};
  NetArray input = {(void *)x, in, 2}, output = {out->logits, outShape, 1};
  check(xor_predict(context, "Xor", &input, 1, &output, 1), context);
  xor_destroy(context);
  return NULL;
}

int main(void) {
  struct Run runs[2] = {{7, {0}}, {7, {0}}};
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, run, &runs[i]))
      return 1;
  for (int i = 0; i < 2; ++i)
    pthread_join(threads[i], NULL);
  printf("same seed: %s\n", memcmp(runs[0].logits, runs[1].logits, sizeof runs[0].logits) ? "different" : "equal");
  for (int i = 0; i < 4; ++i)
    printf("%g xor %g = %d\n", x[i][0], x[i][1], runs[0].logits[i] > 0);
  NetContext *context = xor_create(1, 1);
  const int64_t wrong[] = {4, 3}, outShape[] = {4};
  NetArray input = {(void *)x, wrong, 2}, output = {runs[0].logits, outShape, 1};
  if (xor_predict(context, "Xor", &input, 1, &output, 1))
    printf("wrong shape: %s\n", xor_error(context));
  xor_destroy(context);
  return 0;
}
